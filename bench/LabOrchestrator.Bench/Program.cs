using LabOrchestrator.Bench.Cluster;
using LabOrchestrator.Bench.Gateway;
using LabOrchestrator.Bench.Instances;
using LabOrchestrator.Bench.Measuring;
using LabOrchestrator.Bench.Starts;

// Each command prints a table, writes artifacts/bench/COMMAND.json and answers whether its goals were met.
var commands = new Dictionary<string, Func<CancellationToken, Task<BenchReport>>>
{
    ["starts"] = StartsBench.RunAsync,
    ["relay"] = RelayBench.RunAsync,
    ["idle"] = IdleBench.RunAsync,
    ["reconnect"] = ReconnectBench.RunAsync,
    ["listing"] = ListingBench.RunAsync,
    ["burst"] = BurstBench.RunAsync,
    ["cluster"] = ClusterBench.RunAsync,
};

// Parts of a measurement that run in processes of their own.
var roles = new Dictionary<string, Func<string[], Task>>
{
    ["role-gateway"] = GatewayRole.RunAsync,
    ["role-machines"] = MachinesRole.RunAsync,
    ["role-browsers"] = BrowsersRole.RunAsync,
};

if (args.Length > 0 && roles.TryGetValue(args[0], out var role))
{
    await role(args[1..]);
    return 0;
}

if (args.Length == 0 || args.Any(a => !commands.ContainsKey(a)))
{
    await Console.Error.WriteLineAsync($"usage: eng/bench [{string.Join("] [", commands.Keys)}]");
    return 2;
}

using var cancelled = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    cancelled.Cancel();
};

var met = true;
foreach (var name in args)
{
    var report = await commands[name](cancelled.Token);
    await report.WriteAsync(name, cancelled.Token);
    met &= report.IsMet;
}

return met ? 0 : 1;
