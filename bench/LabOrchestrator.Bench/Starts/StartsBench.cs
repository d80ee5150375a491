using LabOrchestrator.Bench.Gateway;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Starts;

/// <summary>From the wish to what a person sees first, against a script that makes the same by hand: paired and interleaved.</summary>
internal static class StartsBench
{
    private const int Rounds = 5;

    public static async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        var report = new BenchReport("From POST to the first signs of all machines, against a script of docker commands with the same QEMU line");
        await using var server = await ServerUnderTest.StartAsync("docker", (_, _) => { }, cancellationToken);
        var labs = await server.LabsAsync(cancellationToken);
        try
        {
            foreach (var lab in BenchLab.All)
            {
                await MeasureAsync(report, server, labs[lab.Name], lab, cancellationToken);
            }
        }
        finally
        {
            // Instances outlive their server.
            foreach (var left in await server.InstancesAsync("", CancellationToken.None))
            {
                await ProductStart.StopAsync(server, left.GetProperty("id").GetInt64(), CancellationToken.None);
            }
        }

        report.Remarks.Add("The product: POST, a look at the instance every 25 ms, tickets, consoles through the gateway. The script: docker commands in parallel, consoles dialled at their sockets.");
        return report;
    }

    private static async Task MeasureAsync(BenchReport report, ServerUnderTest server, long labId, BenchLab lab, CancellationToken cancellationToken)
    {
        // The first start warms up, and the script is written after it.
        var (first, _) = await ProductStart.RunAsync(server, labId, lab, cancellationToken);
        using var hand = await HandStart.LearnAsync(server, first, cancellationToken);
        await ProductStart.StopAsync(server, first, cancellationToken);
        var rounds = new List<double[][]>();
        for (var round = 0; round <= Rounds; round++)
        {
            var figures = new double[2][];
            foreach (var side in Pair.InOrder(round))
            {
                figures[side] = side == 0
                    ? await OursAsync(server, labId, lab, cancellationToken)
                    : await ByHandAsync(hand, lab, cancellationToken);
            }

            if (round > 0)
            {
                rounds.Add(figures);
            }
        }

        report.Measures.Add(new($"{lab.Name}: all signs, more than by hand", "s", [.. rounds.Select(r => r[0].Max() - r[1].Max())], AtMost: 0.5));
        for (var i = 0; i < lab.Signs.Count; i++)
        {
            var at = i;
            report.Measures.Add(new($"{lab.Name}, {lab.Signs[i].Title}, product", "s", [.. rounds.Select(r => r[0][at])]));
            report.Measures.Add(new($"{lab.Name}, {lab.Signs[i].Title}, by hand", "s", [.. rounds.Select(r => r[1][at])]));
        }
    }

    private static async Task<double[]> OursAsync(ServerUnderTest server, long labId, BenchLab lab, CancellationToken cancellationToken)
    {
        var (instance, seconds) = await ProductStart.RunAsync(server, labId, lab, cancellationToken);
        await ProductStart.StopAsync(server, instance, cancellationToken);
        return seconds;
    }

    private static async Task<double[]> ByHandAsync(HandStart hand, BenchLab lab, CancellationToken cancellationToken)
    {
        try
        {
            return await hand.RunAsync(lab, cancellationToken);
        }
        finally
        {
            await hand.StopAsync(CancellationToken.None);
        }
    }
}
