using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Finds where in <c>lab.yaml</c> a lab asks for what it requires: the first place that needs it, else the word in <c>requires</c>.</summary>
internal static class RequirementPlaces
{
    /// <summary>What the lab requires, by place.</summary>
    public static ImmutableArray<LabRequirement> Of(CheckedNode root, LabDefinition lab)
    {
        var requirements = LabRequirements.Of(lab).Select(capability => (capability, Node: Find(root, lab, capability)));
        return
        [
            .. requirements
                .Select(r => new LabRequirement(
                    r.capability, LabFiles.DefinitionPath, r.Node?.Source.Line ?? 0, r.Node?.Source.Column ?? 0, r.Node?.Path ?? ""))
                .OrderBy(r => r.Line).ThenBy(r => r.Column),
        ];
    }

    private static CheckedNode? Find(CheckedNode root, LabDefinition lab, string capability) =>
        Implied(root, lab, capability).FirstOrDefault() ?? root.List("requires").FirstOrDefault(n => n.AsText == capability);

    private static IEnumerable<CheckedNode> Implied(CheckedNode root, LabDefinition lab, string capability) => capability switch
    {
        RuntimeCapabilities.VirtualMachines => ImagesOf(root, lab, ImageKind.Vm),
        RuntimeCapabilities.Containers => ImagesOf(root, lab, ImageKind.Container),
        RuntimeCapabilities.SeveralNetworks => root.List("networks").Skip(1),
        RuntimeCapabilities.Internet => root.List("networks").Where(n => n.Flag("internet")).Select(n => n["internet"]!),
        RuntimeCapabilities.FixedAddresses => Present(root.List("networks").Select(n => n["subnet"]))
            .Concat(Present(root.List("machines").SelectMany(m => m.List("networks")).Select(n => n["address"]))),
        RuntimeCapabilities.Kubernetes => (root["kubernetes"]?.List("objects") ?? [])
            .Concat(Present(root.List("machines").Select(m => m["kubernetes"]?["patch"]))),
        _ => [],
    };

    private static IEnumerable<CheckedNode> ImagesOf(CheckedNode root, LabDefinition lab, ImageKind kind) =>
        Present(root.List("machines").Zip(lab.Machines).Where(m => m.Second.Kind == kind).Select(m => m.First["image"]));

    private static IEnumerable<CheckedNode> Present(IEnumerable<CheckedNode?> nodes) => nodes.OfType<CheckedNode>();
}
