using System.Diagnostics;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

[assembly: AssemblyFixture(typeof(ClusterFixture))]

namespace LabOrchestrator.Kubernetes.Tests;

/// <summary>A simulated cluster with an installation of our own. Its machines' keeper is the real one.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-cluster-").FullName;

    public static Image Terminal { get; } =
        new(1, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, "A shell") { LoginUser = "lab" };

    public static Image TinyVm { get; } =
        new(2, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, "A small VM") { LoginUser = "root" };

    public SimulatedCluster Cluster { get; private set; } = null!;

    public Installation Installation { get; } = Installation.Create();

    public KubernetesLabRuntime Runtime { get; private set; } = null!;

    internal KubernetesClient Admin { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var programs = Directory.CreateDirectory(Path.Combine(_folder, "programs")).FullName;
        foreach (var program in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Programs")))
        {
            var to = Path.Combine(programs, Path.GetFileName(program));
            File.Copy(program, to);
            File.SetUnixFileMode(to, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        }

        await BuildKeeperAsync(Path.Combine(programs, "keeper.program"));
        Cluster = await SimulatedCluster.StartAsync();
        Cluster.Settings.ProgramFolder = programs;
        Runtime = NewRuntime(Installation);
        Admin = NewClient();
    }

    public async ValueTask DisposeAsync()
    {
        await Runtime.DisposeAsync();
        Admin.Dispose();
        await Cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // With accounts of its own: what this machine's login shells do at their start is nothing to wait for.
    private async Task BuildKeeperAsync(string program)
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder, "keeper")).FullName;
        var accounts = Path.Combine(_folder, "passwd");
        var shell = Path.Combine(_folder, "shell");
        await File.WriteAllTextAsync(shell, "#!/bin/sh\nunset ENV\nPS1='$ ' exec /bin/sh\n");
        File.SetUnixFileMode(shell, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var id = Process.Start(new ProcessStartInfo("id", ["-u"]) { RedirectStandardOutput = true })!;
        await File.WriteAllTextAsync(accounts, $"tester:x:{(await id.StandardOutput.ReadToEndAsync()).Trim()}:0::{_folder}:{shell}\n");
        foreach (var file in Directory.GetFiles(RepositoryDocument.PathOf("images/keeper")))
        {
            var text = await File.ReadAllTextAsync(file);
            await File.WriteAllTextAsync(Path.Combine(source, Path.GetFileName(file)), text.Replace("\"/etc/passwd\"", $"\"{accounts}\"", StringComparison.Ordinal));
        }

        using var build = Process.Start("sh", [Path.Combine(source, "build"), program]);
        await build.WaitForExitAsync();
        build.ExitCode.ShouldBe(0);
    }

    /// <summary>Another runtime on the cluster, as after a restart of the server.</summary>
    internal KubernetesLabRuntime NewRuntime(Installation installation, Action<KubernetesRuntimeOptions>? change = null)
    {
        var options = new KubernetesRuntimeOptions { EndSeconds = 20, RequestsPerSecond = 0 };
        change?.Invoke(options);
        return new KubernetesLabRuntime(installation, options, NewClient(), NullLoggerFactory.Instance);
    }

    internal KubernetesClient NewClient(Func<Uri>? server = null, string manager = KubernetesClientOptions.OurName) => new(
        () => new ClusterConfiguration { Server = server?.Invoke() ?? Cluster.Address, Origin = "the test", Fingerprint = server?.Invoke().ToString() ?? "" },
        new KubernetesClientOptions { RequestsPerSecond = 0, FieldManager = manager },
        TimeProvider.System,
        NullLogger<KubernetesClient>.Instance);

    /// <summary>What the runtime's watches show of a machine now.</summary>
    internal async Task<MachinePhase?> PhaseOfAsync(long instanceId, string machine) =>
        (await Runtime.ObserveAsync(instanceId, CancellationToken.None))?.Machines.SingleOrDefault(m => m.Name == machine)?.Phase;

    /// <summary>The namespace of an instance.</summary>
    internal async Task<string> NamespaceOfAsync(long instanceId) => (await Admin.ListAsync(
        Kinds.Namespace, new ObjectScope { LabelSelector = $"{ClusterLabels.Instance}={instanceId}" }, CancellationToken.None)).Items.Single().Name;

    /// <summary>Ends the program of a container machine, as if it had died by itself.</summary>
    internal async Task KillAsync(long instanceId, string machine)
    {
        var pod = await Admin.GetAsync(Kinds.Pod, await NamespaceOfAsync(instanceId), machine, CancellationToken.None);
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (IsTheProgramOf(process.Id, pod.Metadata.Uid))
                {
                    process.Kill();
                }
            }
        }

        await Eventually.HoldsAsync(async () => await PhaseOfAsync(instanceId, machine) is MachinePhase.Failed);
    }

    // A pod's processes have its folder as their home; its terminals are the keeper's.
    private static bool IsTheProgramOf(int process, string pod)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/environ").Contains(pod, StringComparison.Ordinal)
                && File.ReadAllText($"/proc/{process}/cmdline").StartsWith("/usr/bin/sleep\0infinity", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
