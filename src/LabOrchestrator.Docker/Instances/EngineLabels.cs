using System.Globalization;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Instances;

/// <summary>The labels by which we know our objects in the engine.</summary>
internal static class EngineLabels
{
    public const string Installation = "lab-orchestrator.installation";
    public const string Instance = "lab-orchestrator.instance";
    public const string Role = "lab-orchestrator.role";
    public const string Machine = "lab-orchestrator.machine";
    public const string Kind = "lab-orchestrator.kind";
    public const string Network = "lab-orchestrator.network";
    public const string Reset = "lab-orchestrator.reset";
    public const string ImageDigest = "lab-orchestrator.image-digest";
    public const string Addresses = "lab-orchestrator.addresses";
    public const string Remark = "lab-orchestrator.remark";
    public const string Loss = "lab-orchestrator.loss";
    public const string DiskBytes = "lab-orchestrator.disk-bytes";
    public const string Configuration = "lab-orchestrator.configuration";

    /// <summary>Whose an object is.</summary>
    public static string Of(Installation installation) => $"{Installation}={installation.Id}";

    /// <summary>The filter for everything of an instance.</summary>
    public static string[] Of(Installation installation, long instanceId) =>
        [Of(installation), string.Create(CultureInfo.InvariantCulture, $"{Instance}={instanceId}")];

    /// <summary>The labels of an object of an instance.</summary>
    public static Dictionary<string, string> For(Installation installation, long instanceId, string role) => new()
    {
        [Installation] = installation.Id,
        [Instance] = instanceId.ToString(CultureInfo.InvariantCulture),
        [Role] = role,
    };

    /// <summary>The labels of an object of an instance that is made when it begins: one that is made later was lost, and says so.</summary>
    public static Dictionary<string, string> For(Installation installation, InstanceSpec spec, string role, string lossWord)
    {
        var labels = For(installation, spec.InstanceId, role);
        if (spec.HasRun)
        {
            labels[Loss] = lossWord;
        }

        return labels;
    }

    /// <summary>The labels of an object that all instances share.</summary>
    public static Dictionary<string, string> Shared(Installation installation, string role) => new()
    {
        [Installation] = installation.Id,
        [Role] = role,
    };

    /// <summary>The instance that labels name, or null.</summary>
    public static long? InstanceOf(IReadOnlyDictionary<string, string>? labels) =>
        labels is not null && labels.TryGetValue(Instance, out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;
}

/// <summary>What an object is for.</summary>
internal static class EngineRoles
{
    public const string Machine = "machine";
    public const string Helper = "helper";
    public const string Network = "network";

    /// <summary>The network by which an instance's helper reaches the internet.</summary>
    public const string Uplink = "uplink";

    public const string Disk = "disk";

    /// <summary>What images hold, for all instances: disks of VMs, the keeper.</summary>
    public const string ImageContent = "image";

    /// <summary>What an uploaded disk needs while it is looked at and converted.</summary>
    public const string Upload = "upload";

    /// <summary>A container that does one thing and is removed.</summary>
    public const string Task = "task";
}
