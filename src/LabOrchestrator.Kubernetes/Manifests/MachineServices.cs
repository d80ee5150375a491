using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>A machine's name: a headless service, which follows the machine's address wherever it runs.</summary>
internal static class MachineServices
{
    public static JsonObject For(InstanceSpec instance, MachineSpec machine, Installation installation)
    {
        var labels = ClusterLabels.OfMachine(installation, instance.InstanceId, machine.Name);
        var manifest = Manifest.Of(Kinds.Service, LabNamespace.NameOf(instance), NameOf(machine), labels);
        manifest["spec"] = new JsonObject
        {
            ["clusterIP"] = "None",

            // A name is there as soon as the address is, not only once something answers.
            ["publishNotReadyAddresses"] = true,
            ["selector"] = new JsonObject(labels.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value))),
        };
        return manifest;
    }

    // The helper has the only other service; its name is reserved in the format of labs only where it would clash.
    private static string NameOf(MachineSpec machine) => machine.Name;
}
