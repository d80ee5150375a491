using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>An instance as objects of a cluster. Pure: the same instance gives the same objects.</summary>
internal static class LabManifests
{
    /// <summary>The namespace and what stands before every machine, isolation first, in the order in which they are applied.</summary>
    public static IReadOnlyList<JsonObject> Ground(InstanceSpec instance, Installation installation, KubernetesRuntimeOptions options) =>
    [
        NamespaceManifests.Namespace(instance, installation),
        PolicyManifests.Lab(instance, installation, options),
        PolicyManifests.Helper(instance, installation, options),
        NamespaceManifests.Quota(instance, installation),
        NamespaceManifests.Limits(instance, installation),
        HelperManifests.Service(instance, installation),
        HelperManifests.Pod(instance, installation, options),
    ];

    /// <summary>The objects of one machine, once the address of the helper's service is known.</summary>
    public static IReadOnlyList<JsonObject> Machine(
        InstanceSpec instance, MachineSpec machine, string nameServer, Installation installation, KubernetesRuntimeOptions options) =>
        machine.Definition.Kind == ImageKind.Vm
            ?
            [
                MachineServices.For(instance, machine, installation),
                VmManifests.SeedOf(instance, machine, installation),
                VmManifests.VirtualMachine(instance, machine, nameServer, installation, options),
            ]
            :
            [
                MachineServices.For(instance, machine, installation),
                ContainerManifests.Pod(instance, machine, nameServer, installation, options),
            ];
}
