using System.Diagnostics;
using System.Globalization;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Tests.Instances;

/// <summary>
/// A sample is started and stopped through the whole library, 30 times, or as often as <c>LABORCHESTRATOR_Tests__Starts</c> says; the
/// installation is the test's own, so that whatever is left of it was left by a start.
/// </summary>
[Trait("Category", "Engine")]
public sealed class ManyStartsTests : IAsyncDisposable
{
    private const int Together = 3;

    private static readonly int Starts =
        int.Parse(Environment.GetEnvironmentVariable("LABORCHESTRATOR_Tests__Starts") ?? "30", CultureInfo.InvariantCulture);

    private readonly LabOrchestrator.Installations.Installation _installation = LabOrchestrator.Installations.Installation.Create();
    private readonly DirectoryInfo _run = Directory.CreateTempSubdirectory("lab-starts-");
    private readonly HashSet<string> _containers = [];
    private readonly HashSet<string> _bridges = [];
    private readonly List<double> _seconds = [];
    private readonly EngineClient _engine = new(new DockerRuntimeOptions().SocketPath, TimeProvider.System);
    private readonly EngineNames _names;
    private readonly IHost _host;

    public ManyStartsTests()
    {
        _names = new EngineNames(_installation);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(_installation);
        builder.Services.AddLabOrchestrator().AddInMemoryStores().AddDockerRuntime().Configure(options =>
        {
            options.RunDirectory = _run.FullName;
            options.AddressPool = "10.216.0.0/16";
        });
        _host = builder.Build();
    }

    private LabInstances Labs => _host.Services.GetRequiredService<LabInstances>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_starts_of_one_lab_leave_nothing_behind()
    {
        await _host.StartAsync(Token);
        await _host.Services.GetRequiredService<IImageStore>().AddAsync(EngineFixture.Terminal, Token);
        var files = LabFolder.Read(Path.Combine(Samples.Folder, "first-steps")).Files!;
        var lab = (await _host.Services.GetRequiredService<LabCatalogue>().ImportAsync(files, null, LabPublisher.Admin, Token)).Lab!.Id;
        await StartAndStopAsync(lab, owner: 1, look: true);

        // The engine's own processes for a container end after it is removed, and each minute the host looks at the engine by a task.
        var before = await LookUntilAsync(seen => !seen.Any(PassesSoon));
        before.ShouldNotContain(l => PassesSoon(l));
        before.ShouldContain(l => l.StartsWith("volume ", StringComparison.Ordinal), "control: what all instances share stays");
        var descriptors = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

        for (var done = 0; done < Starts; done += Together)
        {
            await Task.WhenAll(Enumerable.Range(0, Math.Min(Together, Starts - done)).Select(i => StartAndStopAsync(lab, owner: 2 + done + i, look: false)));
        }

        (await LookUntilAsync(seen => seen.SequenceEqual(before))).ShouldBe(before);
        _seconds.Sort();
        var grown = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() - descriptors;
        TestContext.Current.SendDiagnosticMessage(string.Create(
            CultureInfo.InvariantCulture, $"{_seconds.Count} starts, median {_seconds[_seconds.Count / 2]:0.00} s, slowest {_seconds[^1]:0.00} s; {grown} more descriptors"));
        if (Starts >= 100)
        {
            // Other tests open some at the same time; one that is lost with each start would show here.
            grown.ShouldBeLessThan(Starts / 2);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        var runtime = _host.Services.GetRequiredService<DockerLabRuntime>();
        foreach (var instance in await runtime.ListAsync(CancellationToken.None))
        {
            await runtime.DeleteAsync(instance.InstanceId, CancellationToken.None);
        }

        foreach (var container in await _engine.Containers.ListAsync([EngineLabels.Of(_installation)], CancellationToken.None))
        {
            await _engine.Containers.RemoveAsync(container.Id, CancellationToken.None);
        }

        foreach (var volume in await _engine.Volumes.ListAsync([EngineLabels.Of(_installation)], CancellationToken.None))
        {
            await _engine.Volumes.RemoveAsync(volume.Name, CancellationToken.None);
        }

        _host.Dispose();
        _engine.Dispose();
        _run.Delete(recursive: true);
    }

    private async Task StartAndStopAsync(long lab, long owner, bool look)
    {
        var clock = Stopwatch.StartNew();
        var id = (await Labs.StartAsync(new StartRequest(lab, owner), Token)).ShouldBeOfType<StartResult.Accepted>().Instance.Id;
        await ReachAsync(id, InstancePhase.Running);
        var containers = await _engine.Containers.ListAsync(EngineLabels.Of(_installation, id), Token);
        lock (_seconds)
        {
            _seconds.Add(clock.Elapsed.TotalSeconds);
            _bridges.Add(_names.Bridge(id, LabDefinition.DefaultNetwork));
            _containers.UnionWith(containers.Select(c => c.Id));
        }

        if (look)
        {
            // Controls: all that is looked for afterwards is seen now.
            var seen = await LookAsync();
            foreach (var kind in new[] { "container ", "network ", "volume ", "card ", "rules of ", "process of " })
            {
                seen.ShouldContain(l => l.StartsWith(kind, StringComparison.Ordinal), kind);
            }
        }

        await Labs.StopAsync(id, Token);
        await ReachAsync(id, InstancePhase.Stopped);
    }

    private async Task ReachAsync(long id, InstancePhase phase)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        await foreach (var change in Labs.Feed.WatchAsync(i => i.Id == id, patience.Token))
        {
            if (change.Instance.Status.Phase == phase)
            {
                return;
            }

            change.Instance.IsLive.ShouldBeTrue($"{change.Instance.Status.Phase}: {change.Instance.Status.Reason}");
        }
    }

    private async Task<IReadOnlyList<string>> LookUntilAsync(Func<IReadOnlyList<string>, bool> isExpected)
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            var seen = await LookAsync();
            if (isExpected(seen) || started.Elapsed > TimeSpan.FromMinutes(1))
            {
                return seen;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Token);
        }
    }

    // Everything of this installation on the host, a line each.
    private async Task<IReadOnlyList<string>> LookAsync()
    {
        string[] ours = [EngineLabels.Of(_installation)];
        var rules = await RulesAsync();
        return
        [
            .. (await _engine.Containers.ListAsync(ours, Token)).Select(c => $"{(IsTask(c) ? "task" : "container")} {c.Name}"),
            .. (await _engine.Networks.ListAsync(ours, Token)).Select(n => $"network {n.Name}"),
            .. (await _engine.Volumes.ListAsync(ours, Token)).Select(v => $"volume {v.Name}").Order(),
            .. _bridges.Where(b => Directory.Exists($"/sys/class/net/{b}")).Select(b => $"card {b}"),
            .. _bridges.Where(rules.Contains).Select(b => $"rules of {b}"),
            .. Processes().Select(p => $"process of {p}"),
            .. _run.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Select(f => $"file {f.FullName}").Order(),
        ];
    }

    private static bool PassesSoon(string line) => line.StartsWith("process of ", StringComparison.Ordinal) || line.StartsWith("task ", StringComparison.Ordinal);

    private static bool IsTask(ContainerSummary container) => container.Labels.GetValueOrDefault(EngineLabels.Role) == EngineRoles.Task;

    // The engine adds rules of its own for each bridge.
    private async Task<IReadOnlySet<string>> RulesAsync()
    {
        var task = new ContainerCreation
        {
            Image = new DockerRuntimeOptions().LauncherImage,
            Entrypoint = ["sh", "-c", "nft list ruleset | grep -o 'lab-[a-z2-7]*' | sort -u | tr '\\n' ' '"],
            Labels = EngineLabels.Shared(_installation, EngineRoles.Task),
            HostConfig = new HostConfig { NetworkMode = "host", CapDrop = ["ALL"], CapAdd = ["NET_ADMIN"] },
        };
        return (await new EngineTask(_engine, _names).ExpectAsync("rules", task, Token)).Split(' ').ToHashSet();
    }

    // The containers' shims name them in their command lines.
    private IEnumerable<string> Processes() => Directory.EnumerateDirectories("/proc")
        .Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0]))
        .Select(CommandLine)
        .SelectMany(line => _containers.Where(c => line.Contains(c, StringComparison.Ordinal)));

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
