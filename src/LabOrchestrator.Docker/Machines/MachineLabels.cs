using System.Globalization;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Docker.Machines;

/// <summary>The labels of a machine's container: what is observed of it without its specification.</summary>
internal static class MachineLabels
{
    public const string Vm = "vm";
    public const string Container = "container";

    public static Dictionary<string, string> For(MachineBuild build, Installation installation, string? remark, DockerRuntimeOptions options)
    {
        var labels = EngineLabels.For(installation, build.InstanceId, EngineRoles.Machine);
        labels[EngineLabels.Machine] = build.Spec.Name;
        labels[EngineLabels.Kind] = build.Spec.Definition.Kind == ImageKind.Vm ? Vm : Container;
        labels[EngineLabels.Reset] = build.Spec.ResetGeneration.ToString(CultureInfo.InvariantCulture);
        labels[EngineLabels.ImageDigest] = build.Image.Digest;
        labels[EngineLabels.Addresses] = string.Join(',', build.Cards.Select(c => c.Address));
        labels[EngineLabels.DiskBytes] = DiskLimit(build.Spec.Definition, options).ToString(CultureInfo.InvariantCulture);
        if (remark is not null)
        {
            labels[EngineLabels.Remark] = remark;
        }

        if (build.Loss is not null)
        {
            labels[EngineLabels.Loss] = build.Loss;
        }

        return labels;
    }

    // Together, because only together are they looked at.
    private static long DiskLimit(MachineDefinition machine, DockerRuntimeOptions options) =>
        (machine.DiskBytes ?? options.DiskBytes) + machine.Volumes.Sum(v => v.SizeBytes);
}
