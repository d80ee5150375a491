using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Tests.PrivateEngines;

/// <summary>The whole library on an engine that goes away under it and comes back.</summary>
[Trait("Category", "Engine")]
public sealed class EngineRestartTests : IClassFixture<PrivateEngine>, IAsyncLifetime
{
    private readonly PrivateEngine _private;
    private readonly Installation _installation = Installation.Create();
    private readonly DirectoryInfo _run = Directory.CreateTempSubdirectory("lab-restart-");
    private readonly EngineClient _engine;
    private readonly IHost _host;
    private long _lab;

    public EngineRestartTests(PrivateEngine engine)
    {
        _private = engine;
        _engine = new EngineClient(engine.Socket, TimeProvider.System);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(_installation);
        builder.Services.AddLabOrchestrator().AddInMemoryStores().AddDockerRuntime().Configure(options =>
        {
            options.Endpoint = engine.Socket;
            options.RunDirectory = _run.FullName;
            options.AddressPool = "10.217.0.0/16";
        });
        _host = builder.Build();
    }

    private LabInstances Labs => _host.Services.GetRequiredService<LabInstances>();

    private DockerLabRuntime Runtime => _host.Services.GetRequiredService<DockerLabRuntime>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.StartAsync(Token);
        var images = _host.Services.GetRequiredService<IImageStore>();
        await images.AddAsync(EngineFixture.Terminal, Token);
        await images.AddAsync(EngineFixture.TinyVm with { LoginUser = "lab" }, Token);
        var files = LabFolder.Read(Path.Combine(Samples.Folder, "client-and-server")).Files!;
        _lab = (await _host.Services.GetRequiredService<LabCatalogue>().ImportAsync(files, null, LabPublisher.Admin, Token)).Lab!.Id;
    }

    [Fact]
    public async Task Instances_say_that_the_engine_is_away_starts_wait_and_all_goes_on_with_its_disks()
    {
        var first = await StartAsync(owner: 1);
        await RunningAsync(first);
        await ShouldSucceedAsync(first, "echo kept >~/notes && sync");

        await _private.StopAsync();
        await UntilAsync(first, i => i.Status.Reason is { } reason && reason.Contains("Docker Engine does not answer", StringComparison.Ordinal));
        var second = await StartAsync(owner: 2);
        await UntilAsync(second, i => i.Status.Reason is { } reason && reason.Contains("ngine", StringComparison.Ordinal));
        (await Labs.FindAsync(second, Token)).ShouldNotBeNull().IsLive.ShouldBeTrue();
        await _private.StartAsync();

        await RunningAsync(first);
        await RunningAsync(second);
        (await ShouldSucceedAsync(first, "cat ~/notes")).ShouldBe("kept");
        await ShouldSucceedAsync(first, "wget -qO- -T 2 http://server/");
        await ShouldSucceedAsync(second, "wget -qO- -T 2 http://server/");
        await ShouldBeAloneAsync(first, second);
    }

    [Fact]
    public async Task After_the_hosts_power_failed_instances_come_back_with_their_disks()
    {
        var id = await StartAsync(owner: 1);
        await RunningAsync(id);
        await ShouldSucceedAsync(id, "echo kept >~/notes && sync");

        await _private.CrashAsync();
        await UntilAsync(id, i => i.Status.Reason is { } reason && reason.Contains("Docker Engine does not answer", StringComparison.Ordinal));
        foreach (var folder in _run.EnumerateDirectories())
        {
            // It is in memory where it usually is.
            folder.Delete(recursive: true);
        }

        await _private.StartAsync();

        await RunningAsync(id);
        (await ShouldSucceedAsync(id, "cat ~/notes")).ShouldBe("kept");
        await ShouldSucceedAsync(id, "wget -qO- -T 2 http://server/");
        await ShouldBeAloneAsync(id);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in await Runtime.ListAsync(CancellationToken.None))
        {
            await Labs.StopAsync(instance.InstanceId, CancellationToken.None);
            await UntilAsync(instance.InstanceId, i => i.Status.Phase == InstancePhase.Stopped);
        }

        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
        _engine.Dispose();
        _run.Delete(recursive: true);
    }

    private async Task<long> StartAsync(long owner) =>
        (await Labs.StartAsync(new StartRequest(_lab, owner), Token)).ShouldBeOfType<StartResult.Accepted>().Instance.Id;

    private Task RunningAsync(long id) => UntilAsync(
        id, i => i.Status.Phase == InstancePhase.Running && i.Status.Reason is null && i.Status.Machines.All(m => m.Phase == MachinePhase.Running));

    private async Task UntilAsync(long id, Func<LabInstance, bool> expected)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        var last = "nothing";
        try
        {
            await foreach (var change in Labs.Feed.WatchAsync(i => i.Id == id, patience.Token))
            {
                last = change.Instance.Status.ToString();
                if (expected(change.Instance))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            Assert.Fail($"The last that was seen of {id}: {last}");
        }
    }

    private async Task<string> ShouldSucceedAsync(long id, string line)
    {
        for (var tries = 0; ; tries++)
        {
            var result = await Runtime.RunAsync(id, "client", ["sh", "-c", line], Token);
            if (result.ExitCode == 0)
            {
                return result.Output.Trim();
            }

            tries.ShouldBeLessThan(120, result.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Token);
        }
    }

    // Isolated, and with no container twice.
    private async Task ShouldBeAloneAsync(params long[] ids)
    {
        // Not the host's: it removes the tasks that it does not run itself, once the engine is back.
        var installation = LabOrchestrator.Installations.Installation.Create();
        var task = new ContainerCreation
        {
            Image = new DockerRuntimeOptions().LauncherImage,
            Entrypoint = ["nft", "list", "table", "inet", "lab_orchestrator"],
            Labels = EngineLabels.Shared(installation, EngineRoles.Task),
            HostConfig = new HostConfig { NetworkMode = "host", CapDrop = ["ALL"], CapAdd = ["NET_ADMIN"] },
        };
        (await new EngineTask(_engine, new EngineNames(installation)).ExpectAsync("rules", task, Token)).ShouldContain("iifname \"lab-*\" drop");
        foreach (var id in ids)
        {
            (await _engine.Containers.ListAsync(EngineLabels.Of(_installation, id), Token)).Count.ShouldBe(3);
            (await _engine.Networks.ListAsync(EngineLabels.Of(_installation, id), Token)).Count.ShouldBe(1);
        }

        _host.Services.GetRequiredService<Orphans>().All.ShouldBeEmpty();
    }
}
