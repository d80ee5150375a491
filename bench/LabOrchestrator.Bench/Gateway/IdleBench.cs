using System.Globalization;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>Memory of a console that is open and silent, with both its sockets.</summary>
internal static class IdleBench
{
    private const int Wanted = 5_000;
    private const double KiB = 1024;

    public static async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        var consoles = Consoles.Possible(Wanted);
        var report = new BenchReport($"Memory of an idle console ({consoles:N0} open)");
        var socket = Path.Combine(Path.GetTempPath(), $"bench-{Path.GetRandomFileName()}");
        var (machines, _) = await Child.StartRoleAsync(cancellationToken, "role-machines", "still", socket);
        await using var machinesEnd = machines;
        var resident = new List<double>();
        var managed = new List<double>();
        for (var round = 0; round < 3; round++)
        {
            await using var relay = await Relay.StartGatewayAsync(socket, cancellationToken);
            await using var browsers = await relay.StartBrowsersAsync(cancellationToken);
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{relay.Port}/") };

            // What is compiled and rented once shall not be counted per console.
            await Consoles.OpenAsync(browsers, 200, http, cancellationToken);
            await browsers.SayAsync("close");
            await browsers.ReadAsync(cancellationToken);
            await Consoles.UntilAsync(http, 0, cancellationToken);
            var managedBefore = await ManagedAsync(http, cancellationToken);
            var residentBefore = ProcessFigures.Memory(relay.ProcessId).Anonymous;

            await Consoles.OpenAsync(browsers, consoles, http, cancellationToken);
            await browsers.SayAsync("greet");
            await browsers.ReadAsync(cancellationToken);
            resident.Add((ProcessFigures.Memory(relay.ProcessId).Anonymous - residentBefore) / KiB / consoles);
            managed.Add((await ManagedAsync(http, cancellationToken) - managedBefore) / KiB / consoles);
        }

        File.Delete(socket);
        report.Measures.Add(new("resident, per console", "KiB", resident, AtMost: 20));
        report.Measures.Add(new("managed, per console", "KiB", managed, AtMost: 20));
        report.Remarks.Add("Each has exchanged the first messages of RFB with its machine.");
        report.Remarks.Add("Resident: anonymous pages of the gateway's process, growth since before the consoles, with no collection forced after they were opened.");
        Consoles.Remark(report, consoles, Wanted);
        return report;
    }

    private static async Task<long> ManagedAsync(HttpClient http, CancellationToken cancellationToken) =>
        long.Parse(await http.GetStringAsync(new Uri("bench/managed", UriKind.Relative), cancellationToken), CultureInfo.InvariantCulture);
}
