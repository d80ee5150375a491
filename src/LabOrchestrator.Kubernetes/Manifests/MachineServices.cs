using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>The machines' names: one headless service, below which each machine has its host name wherever it runs.</summary>
internal static class MachineServices
{
    /// <summary>Name of the service, and subdomain of the machines.</summary>
    public const string Name = "machines";

    public static JsonObject For(InstanceSpec instance, Installation installation)
    {
        var labels = ClusterLabels.Of(installation, instance.InstanceId);
        var manifest = Manifest.Of(Kinds.Service, LabNamespace.NameOf(instance), Name, labels);
        var selector = new JsonObject(labels.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value)))
        {
            [ClusterLabels.Role] = ClusterLabels.MachineRole,
        };
        manifest["spec"] = new JsonObject
        {
            ["clusterIP"] = "None",

            // A name is there as soon as the address is, not only once something answers.
            ["publishNotReadyAddresses"] = true,
            ["selector"] = selector,
        };
        return manifest;
    }
}
