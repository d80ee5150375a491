using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Labs;

/// <summary>What a lab asks of an engine. Pure: held against what an engine publishes before anything is stored or started.</summary>
public static class LabRequirements
{
    /// <summary>The capabilities that the author named, and those that plainly follow from what the author wrote.</summary>
    public static ImmutableArray<string> Of(LabDefinition lab)
    {
        var required = lab.Requires.ToImmutableSortedSet(StringComparer.Ordinal).ToBuilder();
        AddIf(lab.Machines.Any(m => m.Kind == ImageKind.Vm), RuntimeCapabilities.VirtualMachines);
        AddIf(lab.Machines.Any(m => m.Kind == ImageKind.Container), RuntimeCapabilities.Containers);
        AddIf(lab.Networks.Length > 1, RuntimeCapabilities.SeveralNetworks);
        AddIf(lab.Networks.Any(n => n.Internet), RuntimeCapabilities.Internet);
        AddIf(
            lab.Networks.Any(n => n.Subnet is not null) || lab.Machines.Any(m => m.Networks.Any(n => n.Address is not null)),
            RuntimeCapabilities.FixedAddresses);
        AddIf(lab.WritesToCluster, RuntimeCapabilities.Kubernetes);
        return [.. required];

        void AddIf(bool isNeeded, string capability)
        {
            if (isNeeded)
            {
                required.Add(capability);
            }
        }
    }
}
