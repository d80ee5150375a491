using System.Diagnostics;
using System.Globalization;
using LabOrchestrator.Bench.Measuring;
using Npgsql;

namespace LabOrchestrator.Bench.Instances;

/// <summary>A GET that lists 1,000 running instances, against the query alone on the same PostgreSQL.</summary>
internal static class ListingBench
{
    private const int Instances = 1_000;
    private const int Rounds = 7;
    private const int PairsPerRound = 100;

    // What the answer is made of, and nothing else.
    private const string BareQuery =
        """
        SELECT i.id, i.lab_id, i.lab_name, i.lab_version, i.runtime, i.owner_id, i.context, i.created_at, i.desired, i.status, m.role
        FROM lab_instances i JOIN lab_instance_members m ON m.instance_id = i.id AND m.user_id = @user
        WHERE i.phase <> 'Stopped' AND i.phase <> 'Failed'
        ORDER BY i.id DESC LIMIT 1001
        """;

    public static async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        var report = new BenchReport($"Listing {Instances:N0} instances (GET /api/v1/instances?limit=1000) against the bare query");
        await using var server = await ServerUnderTest.StartAsync("memory", Prepare, cancellationToken);
        await FillAsync(server, cancellationToken);
        var user = (await server.InstancesAsync("", cancellationToken))[0].GetProperty("ownerId").GetInt64();
        await using var connection = new NpgsqlConnection(server.Database);
        await connection.OpenAsync(cancellationToken);
        await using var query = new NpgsqlCommand(BareQuery, connection);
        query.Parameters.AddWithValue("user", user);
        await query.PrepareAsync(cancellationToken);

        var rounds = new List<(double Get, double Bare, double One)>();
        for (var round = 0; round <= Rounds; round++)
        {
            var gets = new List<double>();
            var bare = new List<double>();
            var ones = new List<double>();
            for (var i = 0; i < PairsPerRound; i++)
            {
                gets.Add(await TimeAsync(() => GetAsync(server, Instances, cancellationToken)));
                bare.Add(await TimeAsync(() => ReadAsync(query, cancellationToken)));
                ones.Add(await TimeAsync(() => GetAsync(server, 1, cancellationToken)));
            }

            // The first round warms up.
            if (round > 0)
            {
                rounds.Add((Statistics.P95(gets), Statistics.P95(bare), Statistics.P95(ones)));
            }
        }

        report.Measures.Add(new("p95, ratio", "", [.. rounds.Select(r => r.Get / r.Bare)], AtMost: 2));
        report.Measures.Add(new("p95, GET", "ms", [.. rounds.Select(r => r.Get)]));
        report.Measures.Add(new("p95, bare query", "ms", [.. rounds.Select(r => r.Bare)]));
        report.Measures.Add(new("p95, GET of one of them", "ms", [.. rounds.Select(r => r.One)]));
        report.Remarks.Add("The bare query is prepared, on an open connection, and reads every column that the answer shows; the GET is authenticated by a token.");
        return report;
    }

    private static void Prepare(string folder, Dictionary<string, string> settings)
    {
        ManyLabs.Prepare(folder, settings, Instances / ManyLabs.PerLab);
        settings["Limits__Instances"] = "2000";
        settings["Limits__MemoryBytes"] = (1L << 45).ToString(CultureInfo.InvariantCulture);
    }

    private static async Task FillAsync(ServerUnderTest server, CancellationToken cancellationToken)
    {
        foreach (var lab in (await server.LabsAsync(cancellationToken)).Values)
        {
            await Task.WhenAll(Enumerable.Range(0, ManyLabs.PerLab).Select(_ => server.StartLabAsync(lab, cancellationToken)));
        }

        while ((await server.InstancesAsync("", cancellationToken)).Count(i => i.GetProperty("phase").GetString() == "Running") < Instances)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellationToken);
        }
    }

    private static async Task GetAsync(ServerUnderTest server, int limit, CancellationToken cancellationToken)
    {
        var body = await server.Http.GetByteArrayAsync(new Uri($"/api/v1/instances?limit={limit}", UriKind.Relative), cancellationToken);
        if (body.Length < limit * 100)
        {
            throw new InvalidOperationException("The listing is not whole.");
        }
    }

    private static async Task ReadAsync(NpgsqlCommand query, CancellationToken cancellationToken)
    {
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        var values = new object[reader.FieldCount];
        var rows = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            reader.GetValues(values);
            rows++;
        }

        if (rows != Instances)
        {
            throw new InvalidOperationException($"The query answered {rows} rows.");
        }
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
