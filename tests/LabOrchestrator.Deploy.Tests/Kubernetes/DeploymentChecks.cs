using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LabOrchestrator.Kubernetes;
using static LabOrchestrator.Deploy.Kubernetes.RenderedObjects;

namespace LabOrchestrator.Deploy.Kubernetes;

/// <summary>What holds of every deployment to a cluster, however its objects were made.</summary>
internal static partial class DeploymentChecks
{
    // Made by whoever deploys; the second need not be there.
    private static readonly string[] OwnSecrets = ["lab-orchestrator-database", "lab-orchestrator-admin", "lab-orchestrator-tls"];

    /// <summary>Whatever an object names is there.</summary>
    public static void NamesWhatIsThere(RenderedObjects objects, params string[] madeByHand)
    {
        foreach (var workload in objects.Workloads)
        {
            var who = $"{Kind(workload)} {Name(workload)}";
            Selects(Labels(workload["spec"]!["selector"]!["matchLabels"]), PodLabels(workload)).ShouldBeTrue(who);
            foreach (var (kind, name) in References(PodSpec(workload)))
            {
                var known = kind is "Secret" or "ConfigMap" && OwnSecrets.Concat(madeByHand).Contains(name);
                (known || objects.OfKind(kind).Any(o => Name(o) == name)).ShouldBeTrue($"{who} names {kind} {name}, which is not there:\n{objects}");
            }

            var volumes = (PodSpec(workload)["volumes"]?.AsArray() ?? []).Concat(workload["spec"]!["volumeClaimTemplates"]?.AsArray().Select(c => c!["metadata"]) ?? []);
            var mounted = Containers(workload).SelectMany(c => c["volumeMounts"]?.AsArray() ?? []).Select(m => m!["name"]!.GetValue<string>());
            mounted.Distinct().ShouldBe(volumes.Select(v => v!["name"]!.GetValue<string>()), ignoreOrder: true, who);
        }

        foreach (var service in objects.OfKind("Service"))
        {
            var pods = objects.Workloads.Where(w => Selects(Labels(service["spec"]!["selector"]), PodLabels(w))).ToList();
            pods.Count.ShouldBe(1, $"pods of service {Name(service)}");
            foreach (var port in service["spec"]!["ports"]!.AsArray())
            {
                PortNames(pods[0]).ShouldContain((port!["targetPort"] ?? port["name"])!.GetValue<string>(), $"a port of service {Name(service)}");
            }
        }

        foreach (var backend in objects.OfKind("Ingress").SelectMany(Backends))
        {
            objects.One("Service", backend["name"]!.GetValue<string>())["spec"]!["ports"]!.AsArray()
                .Select(p => p!["name"]!.GetValue<string>()).ShouldContain(backend["port"]!["name"]!.GetValue<string>());
        }
    }

    /// <summary>The server runs once, has probes, and nothing runs with rights, on a root that it can write, or without limits.</summary>
    public static void RunsConfined(RenderedObjects objects)
    {
        var server = Server(objects);
        server["spec"]!["replicas"]!.GetValue<int>().ShouldBe(1);
        server["spec"]!["strategy"]!["type"]!.GetValue<string>().ShouldBe("Recreate");
        foreach (var probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"])
        {
            Containers(server).Single()[probe]!["httpGet"]!["path"]!.GetValue<string>().ShouldStartWith("/healthz/");
        }

        foreach (var workload in objects.Workloads)
        {
            var pod = PodSpec(workload);
            pod["automountServiceAccountToken"]!.GetValue<bool>().ShouldBe(workload == server, Name(workload));
            pod["securityContext"]!["runAsNonRoot"]!.GetValue<bool>().ShouldBeTrue();
            foreach (var container in Containers(workload))
            {
                container["securityContext"]!["readOnlyRootFilesystem"]!.GetValue<bool>().ShouldBeTrue(Name(workload));
                container["resources"]!["limits"]!["memory"].ShouldNotBeNull(Name(workload));
                container["resources"]!["requests"]!["cpu"].ShouldNotBeNull(Name(workload));
            }
        }
    }

    /// <summary>Every setting is one that the server knows.</summary>
    public static void SetsWhatIsKnown(RenderedObjects objects)
    {
        var documented = File.ReadAllText(RepositoryDocument.PathOf("docs/reference/configuration.md"));
        string[] known =
        [
            .. SettingName().Matches(documented).Select(m => m.Value),
            .. typeof(KubernetesRuntimeOptions).GetProperties().Select(p => $"LABORCHESTRATOR_Kubernetes__{p.Name}"),
        ];
        var set = SettingName().Matches(string.Join('\n', objects.All.Select(o => o.ToJsonString()))).Select(m => m.Value).Distinct().ToList();
        set.ShouldNotBeEmpty();
        set.Except(known).ShouldBeEmpty();
    }

    /// <summary>
    /// No pod reaches the server but those of an ingress; the labs' policies know the server's pods by their label, and take no other pod for it.
    /// </summary>
    public static void KeepsStrangersOut(RenderedObjects objects)
    {
        var server = Server(objects);
        Dictionary<string, string> seenByLabs = new() { ["app.kubernetes.io/name"] = "lab-orchestrator" };
        objects.Workloads.Where(w => Selects(seenByLabs, PodLabels(w))).ShouldBe([server]);

        var policies = objects.OfKind("NetworkPolicy").Where(p => Selects(Labels(p["spec"]!["podSelector"]!["matchLabels"]), PodLabels(server))).ToList();
        policies.ShouldNotBeEmpty("without a policy every pod reaches the server");
        foreach (var policy in policies)
        {
            policy["spec"]!["policyTypes"]!.AsArray().Select(t => t!.GetValue<string>()).ShouldContain("Ingress");
            foreach (var rule in policy["spec"]!["ingress"]?.AsArray() ?? [])
            {
                var from = rule!["from"]!.AsArray();
                from.ShouldNotBeEmpty("an empty list is everybody");
                from.ShouldAllBe(f => f!["namespaceSelector"] != null && f["podSelector"] != null);
            }
        }

        var letsIn = policies.Any(p => p["spec"]!["ingress"] is JsonArray { Count: > 0 });
        letsIn.ShouldBe(objects.OfKind("Ingress").Any(), "who comes through an ingress must get through");
        foreach (var ingress in objects.OfKind("Ingress"))
        {
            var hosts = ingress["spec"]!["rules"]!.AsArray().Select(r => r!["host"]!.GetValue<string>()).ToList();
            hosts.ShouldContain(h => h.StartsWith("*.", StringComparison.Ordinal), "web ports of machines have hosts of their own");
            ingress["spec"]!["tls"]!.AsArray().SelectMany(t => t!["hosts"]!.AsArray()).Select(h => h!.GetValue<string>()).ShouldBe(hosts);
        }
    }

    public static JsonObject Server(RenderedObjects objects) => objects.OfKind("Deployment").Single();

    private static IEnumerable<string> PortNames(JsonObject workload) =>
        Containers(workload).SelectMany(c => c["ports"]!.AsArray()).Select(p => p!["name"]!.GetValue<string>());

    private static IEnumerable<JsonNode> Backends(JsonObject ingress) => ingress["spec"]!["rules"]!.AsArray()
        .SelectMany(r => r!["http"]!["paths"]!.AsArray()).Select(p => p!["backend"]!["service"]!);

    private static IEnumerable<(string Kind, string Name)> References(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map)
                {
                    var found = key switch
                    {
                        "configMap" or "configMapRef" or "configMapKeyRef" => ("ConfigMap", value!["name"]),
                        "secretRef" or "secretKeyRef" => ("Secret", value!["name"]),
                        "persistentVolumeClaim" => ("PersistentVolumeClaim", value!["claimName"]),
                        "serviceAccountName" => ("ServiceAccount", value),
                        _ => ("", null),
                    };
                    if (found.Item2 is { } name)
                    {
                        yield return (found.Item1, name.GetValue<string>());
                    }

                    foreach (var reference in References(value))
                    {
                        yield return reference;
                    }
                }

                break;
            case JsonArray list:
                foreach (var reference in list.SelectMany(References))
                {
                    yield return reference;
                }

                break;
            default:
                break;
        }
    }

    [GeneratedRegex("LABORCHESTRATOR_[A-Za-z]+(?:__[A-Za-z]+)*")]
    private static partial Regex SettingName();
}
