using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.Bench.Measuring;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Bench.Cluster;

/// <summary>Many instances on a simulated cluster: observed again after a restart, the cost of one change, and many starts at once.</summary>
internal static class ClusterBench
{
    private const int Few = 1_000;
    private const int Many = 10_000;
    private const int Starts = 500;
    private const int Limit = 200;
    private const int Changes = 400;

    public static async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        var report = new BenchReport($"{Many} instances of client-and-server on a simulated cluster; {Starts} starts at once");
        var installation = Installation.Create();
        await using (var simulator = await SimulatorProcess.StartAsync(cancellationToken))
        {
            await using (var first = simulator.NewRuntime(installation))
            {
                await first.ApplyAsync(Spec(1, 2), new Silent(), cancellationToken);
            }

            await simulator.CopyAsync("bench-1-1", 2, Few - 1, cancellationToken);
            await WarmUpAsync(simulator, installation, cancellationToken);
            var few = await ObserveAsync(simulator, installation, Few, cancellationToken);
            await simulator.CopyAsync("bench-1-1", Few + 1, Many - Few, cancellationToken);
            var many = await ObserveAsync(simulator, installation, Many, cancellationToken);
            report.Measures.Add(new("observed again, per 1,000 instances", "s", [many.Seconds / (Many / 1000)], AtMost: 3));
            report.Measures.Add(new("memory per instance", "KiB", [many.Bytes / 1024 / Many], AtMost: 60));
            report.Measures.Add(new($"CPU of one change, {Many} over {Few} instances", "", [many.ChangeCpu / few.ChangeCpu], AtMost: 1.1));
        }

        await MeasureStartsAsync(report, cancellationToken);
        report.Remarks.Add("The simulator runs in a process of its own on the same processors; its time is part of the times here.");
        return report;
    }

    private static async Task WarmUpAsync(SimulatorProcess simulator, Installation installation, CancellationToken cancellationToken)
    {
        await using var runtime = simulator.NewRuntime(installation);
        await runtime.ListAsync(cancellationToken);
        await ChangeAsync(simulator, runtime, cancellationToken);
    }

    private static async Task<(double Seconds, double Bytes, double ChangeCpu)> ObserveAsync(
        SimulatorProcess simulator, Installation installation, int expected, CancellationToken cancellationToken)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var runtime = simulator.NewRuntime(installation);
        var started = Stopwatch.GetTimestamp();
        var count = (await runtime.ListAsync(cancellationToken)).Count(i => i.Machines.All(m => m.Phase == MachinePhase.Running) && i.Machines.Length == 2);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (count != expected)
        {
            throw new InvalidOperationException($"{count} of {expected} instances were observed running.");
        }

        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        return (seconds, bytes, await ChangeAsync(simulator, runtime, cancellationToken));
    }

    // Our CPU from a change on the cluster to the new observation, without the requests that make the changes.
    private static async Task<double> ChangeAsync(SimulatorProcess simulator, KubernetesLabRuntime runtime, CancellationToken cancellationToken)
    {
        using var client = simulator.NewClient();
        await using var changes = runtime.WatchAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await changes.MoveNextAsync();
        var times = new List<double>();
        for (var i = 0; i < Changes; i++)
        {
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["bench"] = Guid.NewGuid().ToString() } } };
            var cpu = Environment.CpuUsage.TotalTime;
            await client.MergePatchAsync(Kinds.Pod, "bench-1-1", "client", patch, WriteOptions.Default, cancellationToken);
            do
            {
                await changes.MoveNextAsync();
            }
            while (changes.Current != 1);

            await runtime.ObserveAsync(1, cancellationToken);
            times.Add((Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds);
        }

        return times.Order().Skip(Changes / 10).Take(Changes * 8 / 10).Average();
    }

    private static async Task MeasureStartsAsync(BenchReport report, CancellationToken cancellationToken)
    {
        await using var simulator = await SimulatorProcess.StartAsync(cancellationToken);
        await using var runtime = simulator.NewRuntime(Installation.Create(), Limit);
        await runtime.ListAsync(cancellationToken);
        var further = await CostAsync(runtime, () => runtime.ApplyAsync(Spec(1_000_001, 6), new Silent(), cancellationToken))
            - await CostAsync(runtime, () => runtime.ApplyAsync(Spec(1_000_002, 2), new Silent(), cancellationToken));
        var started = Stopwatch.GetTimestamp();
        var requests = await CostAsync(runtime, () => Task.WhenAll(
            Enumerable.Range(1, Starts).Select(i => runtime.ApplyAsync(Spec(i, 2), new Silent(), cancellationToken))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        report.Measures.Add(new("requests per start of client-and-server", "", [requests / Starts], AtMost: 12));
        report.Measures.Add(new("requests per further machine", "", [further / 4], AtMost: 3));
        report.Measures.Add(new($"requests per second under a limit of {Limit}", "1/s", [requests / seconds], AtMost: Limit * 1.05));
        report.Measures.Add(new($"until all {Starts} run", "s", [seconds]));
    }

    private static async Task<double> CostAsync(KubernetesLabRuntime runtime, Func<Task> work)
    {
        var before = runtime.RequestsSent;
        await work();
        return runtime.RequestsSent - before;
    }

    private static InstanceSpec Spec(long id, int machines) => new()
    {
        InstanceId = id,
        OwnerId = 1,
        NamespacePrefix = "bench",
        Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
        Machines =
        [
            .. Enumerable.Range(0, machines).Select(i => Machine(
                i < 2 ? (i == 0 ? "client" : "server") : string.Create(CultureInfo.InvariantCulture, $"further-{i}"), i % 2 == 0 ? ImageKind.Container : ImageKind.Vm)),
        ],
    };

    private static MachineSpec Machine(string name, ImageKind kind) => new()
    {
        Image = new Image(1, kind == ImageKind.Vm ? "tiny-vm" : "terminal", $"lab-orchestrator/{(kind == ImageKind.Vm ? "tiny-vm" : "terminal")}:1", kind, ""),
        Definition = new MachineDefinition
        {
            Name = name,
            Title = name,
            Image = "image",
            Kind = kind,
            MemoryBytes = 128 << 20,
            Consoles = [new ConsoleDefinition("terminal", ConsoleKind.Terminal)],
            Networks = [new NetworkAttachment(LabDefinition.DefaultNetwork)],
        },
    };

    private sealed class Silent : IProgress<MachineProgress>
    {
        public void Report(MachineProgress value)
        {
        }
    }
}
