using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.Tests;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;

[assembly: AssemblyFixture(typeof(EngineFixture))]

namespace LabOrchestrator.Docker.Tests;

/// <summary>An installation of its own on the machine's Docker Engine; nothing of it is left after the tests.</summary>
public sealed class EngineFixture : IAsyncLifetime
{
    private readonly string _runDirectory = Directory.CreateTempSubdirectory("lab-run-").FullName;

    public EngineFixture()
    {
        Installation = Installation.Create();
        Options = new DockerRuntimeOptions { RunDirectory = _runDirectory, AddressPool = "10.214.0.0/16" };
        Options.LauncherImage = Environment.GetEnvironmentVariable("LABORCHESTRATOR_Docker__LauncherImage") ?? Options.LauncherImage;
        Options.HelperImage = Environment.GetEnvironmentVariable("LABORCHESTRATOR_Docker__HelperImage") ?? Options.HelperImage;
        Runtime = new DockerLabRuntime(Installation, Options);
        Engine = new EngineClient(Options.SocketPath, TimeProvider.System);
        Names = new EngineNames(Installation);
    }

    public static Image Terminal { get; } =
        new(1, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, "A shell") { LoginUser = "lab" };

    public static Image TinyVm { get; } =
        new(2, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, "A small VM") { LoginUser = "root" };

    public Installation Installation { get; }

    public DockerRuntimeOptions Options { get; }

    public DockerLabRuntime Runtime { get; }

    internal EngineClient Engine { get; }

    internal EngineNames Names { get; }

    // A runtime's first check removes what tasks have left, and so the containers of tests that pass for tasks.
    public async ValueTask InitializeAsync() => await Runtime.CheckAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in await Runtime.ListAsync(CancellationToken.None))
        {
            await Runtime.DeleteAsync(instance.InstanceId, CancellationToken.None);
        }

        await RemoveAllAsync(Installation);
        Runtime.Dispose();
        Engine.Dispose();
        Directory.Delete(_runDirectory, recursive: true);
    }

    /// <summary>Removes everything of a test's installation, also what all its instances share.</summary>
    internal async Task RemoveAllAsync(Installation installation)
    {
        string[] ours = [EngineLabels.Of(installation)];
        foreach (var container in await Engine.Containers.ListAsync(ours, CancellationToken.None))
        {
            await Engine.Containers.RemoveAsync(container.Id, CancellationToken.None);
        }

        foreach (var network in await Engine.Networks.ListAsync(ours, CancellationToken.None))
        {
            await Engine.Networks.RemoveAsync(network.Id, CancellationToken.None);
        }

        foreach (var volume in await Engine.Volumes.ListAsync(ours, CancellationToken.None))
        {
            await Engine.Volumes.RemoveAsync(volume.Name, CancellationToken.None);
        }
    }
}
