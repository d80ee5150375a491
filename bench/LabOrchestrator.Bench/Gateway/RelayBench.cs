using System.Globalization;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>The gateway as relay of a graphical stream against websockify: paired and interleaved, the median of the rounds' ratios.</summary>
internal static class RelayBench
{
    private const int Rounds = 7;
    private const int EchoRounds = 15;
    private const int EchoConsoles = 500;
    private const double GiB = 1L << 30;

    public static async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        var report = new BenchReport("Gateway against websockify (both relay the same unix socket; ratio gateway / websockify)");
        await FloodAsync(report, streams: 1, bytesEach: 3L << 30, throughputGoal: 1.0, cpuGoal: 1.1, cancellationToken);
        await FloodAsync(report, streams: 50, bytesEach: 48L << 20, throughputGoal: 0.9, cpuGoal: 1.0, cancellationToken);
        await EchoAsync(report, cancellationToken);
        return report;
    }

    private static async Task FloodAsync(
        BenchReport report, int streams, long bytesEach, double throughputGoal, double cpuGoal, CancellationToken cancellationToken)
    {
        await using var pair = await Pair.StartAsync("flood", [bytesEach.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        var rounds = new List<(double Seconds, double Cpu)[]>();
        for (var round = 0; round <= Rounds; round++)
        {
            var figures = new (double Seconds, double Cpu)[2];
            foreach (var side in Pair.InOrder(round))
            {
                figures[side] = await FloodOnceAsync(pair, side, streams, bytesEach, cancellationToken);
            }

            // The first round warms up.
            if (round > 0)
            {
                rounds.Add(figures);
            }
        }

        var gibs = streams * bytesEach / GiB;
        var name = streams == 1 ? "1 stream" : $"{streams} streams";
        report.Measures.Add(new($"{name}: throughput, ratio", "", [.. rounds.Select(r => r[1].Seconds / r[0].Seconds)], AtLeast: throughputGoal));
        report.Measures.Add(new($"{name}: CPU per GiB, ratio", "", [.. rounds.Select(r => r[0].Cpu / r[1].Cpu)], AtMost: cpuGoal));
        for (var side = 0; side < 2; side++)
        {
            var at = side;
            report.Measures.Add(new($"{name}: throughput, {Pair.NameOf(side)}", "GiB/s", [.. rounds.Select(r => gibs / r[at].Seconds)]));
            report.Measures.Add(new($"{name}: CPU, {Pair.NameOf(side)}", "s/GiB", [.. rounds.Select(r => r[at].Cpu / gibs)]));
        }
    }

    private static async Task<(double Seconds, double Cpu)> FloodOnceAsync(
        Pair pair, int side, int streams, long bytesEach, CancellationToken cancellationToken)
    {
        var relay = pair.Relays[side];
        await using var browsers = await relay.StartBrowsersAsync(cancellationToken);
        await browsers.SayAsync($"open {streams}");
        await browsers.ReadAsync(cancellationToken);
        var before = ProcessFigures.CpuSeconds(relay.ProcessId);
        await browsers.SayAsync($"flood {bytesEach}");
        var seconds = double.Parse(await browsers.ReadAsync(cancellationToken), CultureInfo.InvariantCulture);
        var cpu = ProcessFigures.CpuSeconds(relay.ProcessId) - before;
        await browsers.SayAsync("close");
        await browsers.ReadAsync(cancellationToken);
        return (seconds, cpu);
    }

    private static async Task EchoAsync(BenchReport report, CancellationToken cancellationToken)
    {
        await using var pair = await Pair.StartAsync("echo", [], cancellationToken);
        var browsers = new List<Child>();
        try
        {
            foreach (var relay in pair.Relays)
            {
                var child = await relay.StartBrowsersAsync(cancellationToken);
                browsers.Add(child);
                await child.SayAsync($"open {EchoConsoles}");
                await child.ReadAsync(cancellationToken);
            }

            var rounds = new List<double[][]>();
            for (var round = 0; round <= EchoRounds; round++)
            {
                var figures = new double[2][];
                foreach (var side in Pair.InOrder(round))
                {
                    await browsers[side].SayAsync("echo 3 500");
                    figures[side] = [.. (await browsers[side].ReadAsync(cancellationToken))
                        .Split(' ').Select(w => double.Parse(w, CultureInfo.InvariantCulture))];
                }

                if (round > 0)
                {
                    rounds.Add(figures);
                }
            }

            report.Measures.Add(new($"echo, {EchoConsoles} consoles: p99, ratio", "", [.. rounds.Select(r => r[0][1] / r[1][1])], AtMost: 1.0));
            for (var side = 0; side < 2; side++)
            {
                var at = side;
                report.Measures.Add(new($"echo: p50, {Pair.NameOf(side)}", "ms", [.. rounds.Select(r => r[at][0])]));
                report.Measures.Add(new($"echo: p99, {Pair.NameOf(side)}", "ms", [.. rounds.Select(r => r[at][1])]));
            }

            report.Remarks.Add($"Echo: each of {EchoConsoles} consoles sends 100 bytes twice a second; both relays' consoles stay open all the time.");
        }
        finally
        {
            foreach (var child in browsers)
            {
                await child.DisposeAsync();
            }
        }
    }
}
