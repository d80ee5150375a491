namespace LabOrchestrator.Docker.Instances;

/// <summary>What users should know of what the engine lost, in the words of the other runtimes.</summary>
internal static class LossWords
{
    /// <summary>For a machine whose disk went with it.</summary>
    public const string LostDisk = "Docker Engine lost this machine and made it again; its disk is as in its image.";

    /// <summary>For a machine whose disk was still there.</summary>
    public const string KeptDisk = "Docker Engine lost this machine and made it again; it kept its disk.";

    /// <summary>The part that serves names and addresses.</summary>
    public const string Helper = "helper";

    /// <summary>The part by which the helper reaches the internet.</summary>
    public const string Uplink = "way to the internet";

    /// <summary>The part that is a network of the lab.</summary>
    public static string Network(string name) => $"network {name}";

    /// <summary>For an instance: what beside its machines was lost.</summary>
    public static string Parts(IEnumerable<string> names) =>
        $"Docker Engine lost a part of this lab and made it again: {string.Join(", ", names.Order(StringComparer.Ordinal))}.";
}
