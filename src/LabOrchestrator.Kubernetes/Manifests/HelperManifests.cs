using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>
/// The one trusted pod of an instance: its name server. It knows the names of the machines, which a headless service has, from the
/// cluster's own name servers. It asks those for other names only where a network of the lab is open, and never for the cluster's own, so
/// that it tells a machine nothing of the cluster.
/// </summary>
internal static class HelperManifests
{
    /// <summary>Name of the pod and of its service.</summary>
    public const string Name = "helper";

    /// <summary>Memory that it asks for.</summary>
    public const long MemoryBytes = 64L << 20;

    // Each web port that somebody looks at is a relay of its own.
    private const long MostMemoryBytes = 128L << 20;

    // Above 1023, so that nobody in it needs a right.
    private const int DnsPort = 5353;

    /// <summary>The address that machines ask for names; the cluster chooses it.</summary>
    public static JsonObject Service(InstanceSpec instance, Installation installation)
    {
        var manifest = Manifest.Of(Kinds.Service, LabNamespace.NameOf(instance), Name, ClusterLabels.OfHelper(installation, instance.InstanceId));
        manifest["spec"] = new JsonObject
        {
            ["type"] = "ClusterIP",
            ["selector"] = Selector(installation, instance),
            ["ports"] = new JsonArray(Port("dns", "UDP"), Port("dns-tcp", "TCP")),
        };
        return manifest;
    }

    /// <summary>The pod.</summary>
    public static JsonObject Pod(InstanceSpec instance, Installation installation, KubernetesRuntimeOptions options)
    {
        var manifest = Manifest.Of(Kinds.Pod, LabNamespace.NameOf(instance), Name, ClusterLabels.OfHelper(installation, instance.InstanceId));
        manifest["spec"] = ConfinedPod.Spec("Always", ConfinedPod.Container(
            Name,
            options.HelperImage,
            (MemoryBytes, MostMemoryBytes),
            ["/bin/sh", "-c", Program(instance, options) + Records(LabLinks.Of(instance, installation, options))],
            ("dns", DnsPort, "UDP"),
            ("dns-tcp", DnsPort, "TCP")));
        return manifest;
    }

    /// <summary>Where a machine asks for names, and below which domains it looks for them.</summary>
    public static JsonObject Dns(
        InstanceSpec instance, MachineSpec machine, string nameServer, Installation installation, KubernetesRuntimeOptions options) =>
        LabLinks.Of(instance, installation, options) is { } links
            ? ContainerManifests.Dns(
                nameServer, [.. links.SearchDomainsOf(machine.Definition), .. SearchDomains(instance, options).Skip(1)])
            : ContainerManifests.Dns(instance, nameServer, options);

    /// <summary>The domains below which the cluster knows the names of the machines, and of the services that the author added.</summary>
    public static IReadOnlyList<string> SearchDomains(InstanceSpec instance, KubernetesRuntimeOptions options)
    {
        var services = $"{LabNamespace.NameOf(instance)}.svc.{options.ClusterDomain}";
        var machines = $"{MachineServices.Name}.{services}";
        return instance.ClusterObjects.IsEmpty ? [machines] : [machines, services];
    }

    // Names of the lab come from the cluster's name server, which the pod's own configuration names.
    private static string Program(InstanceSpec instance, KubernetesRuntimeOptions options)
    {
        var domain = SearchDomains(instance, options)[^1];
        return "upstream=$(awk '$1 == \"nameserver\" { print $2; exit }' /etc/resolv.conf); "
            + "exec dnsmasq --keep-in-foreground --user= --group= --pid-file= --conf-file=/dev/null --no-hosts --no-resolv --no-poll "
            + $"--port={DnsPort} --cache-size=0 --log-facility=- {Others(instance, domain, options)} \"--server=/{domain}/$upstream\"";
    }

    // All other names do not exist; where the lab is open, only those of the lab, and those that lead back into the cluster and around it.
    private static string Others(InstanceSpec instance, string domain, KubernetesRuntimeOptions options) =>
        instance.Networks.Any(n => n.Internet)
            ? $"--address=/{options.ClusterDomain}/ --address=/{LabLinks.Domain}/ --domain-needed --bogus-priv --stop-dns-rebind --rebind-domain-ok=/{domain}/ \"--server=$upstream\""
            : "--address=/#/";

    // A name below a network's domain has its address there; the bare name, for those who search nowhere, has all of them.
    private static string Records(LabLinks? links) => string.Concat(
        from link in links is null ? [] : links.All
        from machine in link.Addresses.Machines
        let address = Ipv4Subnet.Format(machine.Address)
        select $" --host-record={machine.Machine}.{link.DomainName},{address} --host-record={machine.Machine},{address}");

    private static JsonObject Selector(Installation installation, InstanceSpec instance) =>
        new(ClusterLabels.OfHelper(installation, instance.InstanceId).Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value)));

    private static JsonObject Port(string name, string protocol) =>
        new() { ["name"] = name, ["protocol"] = protocol, ["port"] = 53, ["targetPort"] = name };
}
