using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Labs.Cluster;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>Machines as their author patched them.</summary>
internal static class PatchedManifests
{
    /// <summary>The manifest with the machine's patch in it, judged again as a whole.</summary>
    /// <exception cref="InstanceFailedException">The patch changes what keeps instances apart, or what the runtime itself sets.</exception>
    public static JsonObject Of(JsonObject manifest, MachineSpec machine)
    {
        if (machine.Definition.OnCluster?.Patch is not { } text)
        {
            return manifest;
        }

        var patched = MachinePatch.Apply(manifest, JsonNode.Parse(text)!.AsObject());
        if (machine.Definition.Kind == ImageKind.Container && patched["spec"] is JsonObject spec)
        {
            ConfinedContainers.ConfineAdded(spec, manifest["spec"]!.AsObject());
        }

        var violations = MachinePatch.Violations(patched, machine.Definition.Kind, machine.Definition.Privileges, manifest).ToList();
        return violations.Count == 0
            ? patched
            : throw new InstanceFailedException(
                $"The lab's kubernetes.patch may not change {string.Join(", ", violations)}. Remove that from lab.yaml and import it again.", machine.Name);
    }
}
