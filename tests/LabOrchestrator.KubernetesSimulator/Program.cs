using LabOrchestrator.KubernetesSimulator;

string? Value(string name) => Array.IndexOf(args, name) is var at && at >= 0 && at + 1 < args.Length ? args[at + 1] : null;

if (args.Contains("--help"))
{
    Console.WriteLine(
        """
        A simulator of the Kubernetes API with KubeVirt, CDI and Multus, for tests.
          --port N          where the API is served (0: a free port, printed)
          --admin-port N    where /_simulator is served without faults (0: a free port, printed)
          --token T         the administrator's bearer token (left out: no token is asked for)
          --tls FILE        serve HTTPS and write the authority's certificate to FILE
          --add-ons LIST    what is installed, of kubevirt,cdi,multus (all; 'none')
        """);
    return;
}

var options = new SimulatorOptions
{
    Port = int.Parse(Value("--port") ?? "0", System.Globalization.CultureInfo.InvariantCulture),
    AdminPort = int.Parse(Value("--admin-port") ?? "0", System.Globalization.CultureInfo.InvariantCulture),
    Token = Value("--token"),
    Tls = args.Contains("--tls"),
};
if (Value("--add-ons") is { } list)
{
    options = options with { AddOns = list == "none" ? [] : list.Split(',') };
}

await using var cluster = await SimulatedCluster.StartAsync(options);
if (Value("--tls") is { } file)
{
    await File.WriteAllTextAsync(file, cluster.AuthorityPem);
}

Console.WriteLine($"Kubernetes {cluster.Address.ToString().TrimEnd('/')}");
Console.WriteLine($"Administration {cluster.AdminAddress.ToString().TrimEnd('/')}");
await cluster.WaitForShutdownAsync();
