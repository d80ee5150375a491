using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Instances;

/// <summary>Many starts requested at once, of which a part has room: how long until all are accepted, and what becomes of them.</summary>
internal static class BurstBench
{
    private const int Starts = 100;
    private const int Room = 40;
    private const int Rounds = 3;

    public static async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        var report = new BenchReport($"{Starts} starts requested at once, with room for {Room}");
        var accepted = new List<double>();
        var wrong = new List<double>();
        var lost = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await using var server = await ServerUnderTest.StartAsync("memory", Prepare, cancellationToken);
            var labs = (await server.LabsAsync(cancellationToken)).Values.ToList();
            var started = Stopwatch.GetTimestamp();
            var answers = await Task.WhenAll(Enumerable.Range(0, Starts).Select(i => server.StartLabAsync(labs[i % labs.Count], cancellationToken)));
            accepted.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            wrong.Add(await WrongPlacesAsync(server, cancellationToken));
            lost.Add(await LostAsync(server, [.. answers.Select(IdOf)], cancellationToken));
        }

        report.Measures.Add(new("until all were accepted", "s", accepted, AtMost: 2));
        report.Measures.Add(new("wrong queue places", "", wrong, AtMost: 0));
        report.Measures.Add(new("lost", "starts", lost, AtMost: 0));
        report.Remarks.Add("The server has just started. Places are right when those that wait have 1, 2, 3… in the order of their acceptance; lost is what has never run after all before it were stopped.");
        return report;
    }

    private static void Prepare(string folder, Dictionary<string, string> settings)
    {
        ManyLabs.Prepare(folder, settings, Starts / ManyLabs.PerLab);
        settings["Limits__Instances"] = Room.ToString(CultureInfo.InvariantCulture);
        settings["Limits__MemoryBytes"] = (1L << 45).ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<int> WrongPlacesAsync(ServerUnderTest server, CancellationToken cancellationToken)
    {
        List<JsonElement> all = [];
        await UntilAsync(
            async () =>
            {
                all = await server.InstancesAsync("", cancellationToken);
                return all.Count(i => PhaseOf(i) == "Running") == Room;
            },
            cancellationToken);
        int?[] places = [.. all.OrderBy(IdOf).Select(i => i.GetProperty("queuePlace")).Select(p => p.ValueKind == JsonValueKind.Null ? (int?)null : p.GetInt32())];
        return places.Where((p, i) => p != (i < Room ? null : i - Room + 1)).Count();
    }

    // Stops what runs, until everything has run.
    private static async Task<int> LostAsync(ServerUnderTest server, HashSet<long> expected, CancellationToken cancellationToken)
    {
        var ran = new HashSet<long>();
        var patience = Stopwatch.StartNew();
        while (ran.Count < Starts && patience.Elapsed < TimeSpan.FromSeconds(60))
        {
            var running = (await server.InstancesAsync("", cancellationToken)).Where(i => PhaseOf(i) == "Running").Select(IdOf).Where(ran.Add).ToList();
            await Task.WhenAll(running.Select(id => server.Http.DeleteAsync(new Uri($"/api/v1/instances/{id}", UriKind.Relative), cancellationToken)));
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }

        return expected.Except(ran).Count();
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var patience = Stopwatch.StartNew();
        while (!await condition() && patience.Elapsed < TimeSpan.FromSeconds(60))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    private static long IdOf(JsonElement instance) => instance.GetProperty("id").GetInt64();

    private static string? PhaseOf(JsonElement instance) => instance.GetProperty("phase").GetString();
}
