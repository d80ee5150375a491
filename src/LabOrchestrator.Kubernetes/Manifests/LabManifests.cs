using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>An instance as objects of a cluster. Pure: the same instance gives the same objects.</summary>
internal static class LabManifests
{
    /// <summary>What stands in the namespace before every machine, isolation first.</summary>
    public static IReadOnlyList<JsonObject> Ground(InstanceSpec instance, Installation installation, KubernetesRuntimeOptions options) =>
    [
        .. LabLinks.Of(instance, installation, options) is { } links
            ? [.. PolicyManifests.LabWithLinks(instance, installation, options), .. AttachmentManifests.All(instance, links, installation)]
            : new[] { PolicyManifests.Lab(instance, installation, options) },
        PolicyManifests.Helper(instance, installation, options),
        .. PolicyManifests.Copies(instance, installation, options) is { } copies ? [copies] : Array.Empty<JsonObject>(),
        NamespaceManifests.Quota(instance, installation),
        NamespaceManifests.Limits(instance, installation),
        MachineServices.For(instance, installation),
    ];

    /// <summary>The objects of one machine, once the address of the helper's service is known.</summary>
    public static IReadOnlyList<JsonObject> Machine(
        InstanceSpec instance, MachineSpec machine, string nameServer, Installation installation, KubernetesRuntimeOptions options) =>
        machine.Definition.Kind == ImageKind.Vm
            ?
            [
                VmManifests.SeedOf(instance, machine, installation, options),
                VmManifests.VirtualMachine(instance, machine, nameServer, installation, options),
            ]
            :
            [
                .. VolumeManifests.ClaimsOf(instance, machine, installation, options),
                .. LoginManifests.SecretOf(instance, machine, installation) is { } logins ? [logins] : Array.Empty<JsonObject>(),
                ContainerManifests.Pod(instance, machine, nameServer, installation, options),
            ];

    /// <summary>The Secret of a machine, with its passwords; null where it has none.</summary>
    public static JsonObject? SecretOf(InstanceSpec instance, MachineSpec machine, Installation installation, KubernetesRuntimeOptions options) =>
        machine.Definition.Kind == ImageKind.Vm
            ? VmManifests.SeedOf(instance, machine, installation, options)
            : LoginManifests.SecretOf(instance, machine, installation);
}
