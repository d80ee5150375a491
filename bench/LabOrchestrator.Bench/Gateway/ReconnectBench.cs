using System.Globalization;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>The server is killed and started again while many consoles are open; every browser must come back.</summary>
internal static class ReconnectBench
{
    private const int Wanted = 5_000;

    public static async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        var consoles = Consoles.Possible(Wanted);
        var report = new BenchReport($"{consoles:N0} consoles come back after the server was killed and started again");
        var socket = Path.Combine(Path.GetTempPath(), $"bench-{Path.GetRandomFileName()}");
        var (machines, _) = await Child.StartRoleAsync(cancellationToken, "role-machines", "still", socket);
        await using var machinesEnd = machines;
        var seconds = new List<double>();
        var tries = new List<double>();
        var lost = new List<double>();
        for (var round = 0; round < 3; round++)
        {
            var relay = await Relay.StartGatewayAsync(socket, cancellationToken);
            await using var browsers = await relay.StartBrowsersAsync(cancellationToken);
            await browsers.SayAsync($"keep {consoles}");
            await browsers.ReadAsync(cancellationToken);

            await relay.DisposeAsync();
            await using var again = await Relay.StartGatewayAsync(socket, cancellationToken, relay.Port);
            double[] answer = [.. (await browsers.ReadAsync(cancellationToken)).Split(' ').Select(w => double.Parse(w, CultureInfo.InvariantCulture))];
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{again.Port}/") };
            seconds.Add(answer[0]);
            tries.Add(answer[1] / consoles);
            lost.Add(consoles - await Consoles.CountAsync(http, cancellationToken));
        }

        File.Delete(socket);
        report.Measures.Add(new("from the first loss to the last return", "s", seconds));
        report.Measures.Add(new("tries per console", "", tries));
        report.Measures.Add(new("lost", "consoles", lost, AtMost: 0));
        report.Remarks.Add("Each browser asks for a ticket and opens its console, after 0.1 s and then after pauses that double up to 2 s; the start of the server is in the time.");
        Consoles.Remark(report, consoles, Wanted);
        return report;
    }
}
