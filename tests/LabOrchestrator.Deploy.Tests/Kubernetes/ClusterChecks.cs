using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes;
using LabOrchestrator.Kubernetes.Rights;
using static LabOrchestrator.Deploy.Kubernetes.RenderedObjects;

namespace LabOrchestrator.Deploy.Kubernetes;

/// <summary>What a cluster says to a deployment.</summary>
internal static class ClusterChecks
{
    private static readonly string[] Verbs =
        ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "bind", "escalate", "impersonate"];

    /// <summary>Its schemas and Pod Security admit every object, and every pod that comes of one.</summary>
    public static async Task AdmitsAsync(StrictCluster cluster, RenderedObjects objects)
    {
        await cluster.ApplyAsync(objects.All);
        foreach (var workload in objects.Workloads)
        {
            await cluster.ApplyAsync([PodOf(workload)]);
        }

        var loose = PodOf(DeploymentChecks.Server(objects));
        loose["metadata"]!["name"] = "loose";
        loose["spec"]!["containers"]![0]!["securityContext"]!["allowPrivilegeEscalation"] = true;
        var (status, answer) = await cluster.TryApplyAsync(loose);
        status.ShouldBe(403, answer);
        answer.ShouldContain("restricted");
    }

    /// <summary>The server's account has the rights that the runtime lists, in every namespace, and no other right at all.</summary>
    public static async Task GivesTheListedRightsAsync(StrictCluster cluster, RenderedObjects objects, string objectsRole)
    {
        var account = $"system:serviceaccount:{Namespace(DeploymentChecks.Server(objects))}:{PodSpec(DeploymentChecks.Server(objects))["serviceAccountName"]}";
        var rights = RequiredRights.OfServer(new KubernetesRuntimeOptions { ObjectsRole = objectsRole });
        var wanted = rights.SelectMany(r => r.Verbs.Select(v => (Verb: v, r.Group, r.Whole, r.Name))).ToHashSet();
        foreach (var (verb, group, whole, name) in wanted)
        {
            (await cluster.AllowsAsync(account, verb, group, whole, name)).ShouldBeTrue($"{verb} {whole}.{group} {name}");
        }

        var everything = (await cluster.EverythingAsync()).Concat(rights.Select(r => (r.Group, Resource: r.Whole)))
            .Concat([("", "users"), ("", "groups"), ("", "pods/attach"), ("", "nodes/proxy"), ("rbac.authorization.k8s.io", "clusterroles")]).Distinct();
        foreach (var (group, resource) in everything)
        {
            foreach (var verb in Verbs)
            {
                (await cluster.AllowsAsync(account, verb, group, resource)).ShouldBe(wanted.Contains((verb, group, resource, null)), $"{verb} {resource}.{group}");
            }
        }

        (await cluster.AllowsAsync(account, "bind", "rbac.authorization.k8s.io", "clusterroles", "cluster-admin")).ShouldBeFalse();
        (await cluster.AllowsAsync(account, "impersonate", "", "serviceaccounts", "default")).ShouldBeFalse();
    }

    private static JsonObject PodOf(JsonObject workload)
    {
        var pod = (JsonObject)workload["spec"]!["template"]!.DeepClone();
        pod["apiVersion"] = "v1";
        pod["kind"] = "Pod";
        pod["metadata"]!["name"] = Name(workload);
        pod["metadata"]!["namespace"] = Namespace(workload);
        foreach (var claim in workload["spec"]!["volumeClaimTemplates"]?.AsArray() ?? [])
        {
            if (pod["spec"]!["volumes"] is not JsonArray volumes)
            {
                pod["spec"]!["volumes"] = volumes = [];
            }

            volumes.Add(new JsonObject { ["name"] = claim!["metadata"]!["name"]!.DeepClone(), ["emptyDir"] = new JsonObject() });
        }

        return pod;
    }
}
