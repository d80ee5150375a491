using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>Makes the specification a runtime works from.</summary>
internal static class InstanceSpecs
{
    /// <summary>Puts instance, lab version and catalogue together.</summary>
    /// <exception cref="InstanceFailedException">An image of the lab is no longer in the catalogue.</exception>
    public static InstanceSpec Build(LabInstance instance, LabDefinition lab, IReadOnlyList<Image> images) => new()
    {
        InstanceId = instance.Id,
        OwnerId = instance.OwnerId,
        NamespacePrefix = instance.NamespacePrefix,
        Networks = lab.Networks,
        ClusterObjects = lab.ClusterObjects,
        Requires = LabRequirements.Of(lab),
        HasRun = instance.Status.Phase is InstancePhase.Running or InstancePhase.Paused,
        EndsOnLoss = lab.OnLoss == LossPolicy.Fail,
        Machines = [.. lab.Machines.Select(machine => Machine(instance, machine, images))],
    };

    /// <summary>The image a machine names, or null.</summary>
    public static Image? ImageOf(MachineDefinition machine, IEnumerable<Image> images) =>
        images.FirstOrDefault(i => i.Name == machine.Image) ?? images.FirstOrDefault(i => i.Reference == machine.Image);

    /// <summary>The images of all machines that are in the catalogue.</summary>
    public static ImmutableSortedDictionary<string, Image> ImagesOf(LabDefinition lab, IReadOnlyList<Image> images) => lab.Machines
        .Select(m => (m.Name, Image: ImageOf(m, images)))
        .Where(m => m.Image is not null)
        .ToImmutableSortedDictionary(m => m.Name, m => m.Image!, StringComparer.Ordinal);

    private static MachineSpec Machine(LabInstance instance, MachineDefinition machine, IReadOnlyList<Image> images)
    {
        var wish = instance.Machines.GetValueOrDefault(machine.Name) ?? new MachineWish();
        var settled = instance.Status.Machines.FirstOrDefault(m => m.Name == machine.Name)?.Settled ?? new MachineWish();
        return new MachineSpec
        {
            Definition = machine,
            Image = instance.Images.GetValueOrDefault(machine.Name) ?? ImageOf(machine, images) ?? throw new InstanceFailedException(
                $"The image {machine.Image} is no longer in the catalogue. Add it again, or change the lab.", machine.Name),
            ImageDigest = instance.ImageDigests.GetValueOrDefault(machine.Name),
            PoweredOn = wish.PoweredOn,
            BootGeneration = wish.BootGeneration,
            ResetGeneration = wish.ResetGeneration,
            IsRestarting = wish.BootGeneration > settled.BootGeneration || wish.PoweredOn != settled.PoweredOn,
            IsResetting = wish.ResetGeneration > settled.ResetGeneration,
            Credentials = instance.Credentials.Where(c => c.Machine == machine.Name).ToImmutableArray(),
        };
    }
}
