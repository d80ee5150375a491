using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;

namespace LabOrchestrator.Docker.Instances;

/// <summary>The names of our objects in the engine.</summary>
internal sealed class EngineNames(Installation installation)
{
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>How the name of each of our objects begins.</summary>
    public string Prefix { get; } = $"lab-{installation.Id[..8]}-";

    /// <summary>How the names of all objects of an instance begin.</summary>
    public string InstancePrefix(long instanceId) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{instanceId}-");

    /// <summary>The instance whose object has that name, or null.</summary>
    public long? InstanceOf(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && name[Prefix.Length..].Split('-', 2) is [var id, _]
        && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var instanceId)
            ? instanceId
            : null;

    // A machine's name has no dot, so this is nobody's.
    public string Helper(long instanceId) => InstancePrefix(instanceId) + ".helper";

    public string Network(long instanceId, string network) => InstancePrefix(instanceId) + network;

    public string Uplink(long instanceId) => InstancePrefix(instanceId) + ".uplink";

    public string Disk(long instanceId, string machine) => InstancePrefix(instanceId) + machine + ".disk";

    public string Volume(long instanceId, string machine, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{InstancePrefix(instanceId)}{machine}.volume{index}");

    /// <summary>Name of what an image holds, by its identity.</summary>
    public string ImageContent(string what, string imageId) => $"{Prefix}{what}.{Hash(imageId)}";

    /// <summary>Name of what an uploaded disk needs; there is one at a time.</summary>
    public string Upload(string what) => $"{Prefix}upload.{what}";

    /// <summary>The engine's name of an uploaded disk, whose reference other installations on the engine may have too.</summary>
    public string UploadedDisk(string reference) => UploadedDisks + reference[ImageUpload.ReferencePrefix.Length..];

    /// <summary>The reference of an uploaded disk of ours that the engine calls so, or null.</summary>
    public string? UploadedReference(string name) =>
        name.StartsWith(UploadedDisks, StringComparison.Ordinal) ? ImageUpload.ReferencePrefix + name[UploadedDisks.Length..] : null;

    private string UploadedDisks { get; } = $"{ImageUpload.ReferencePrefix.TrimEnd('/')}-{installation.Id[..8]}/";

    public string Task(string what) => $"{Prefix}{what}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";

    /// <summary>
    /// Name of a bridge on the host: at most 15 characters, and other than those of other installations, instances and networks.
    /// The firewall knows labs by the first four.
    /// </summary>
    public string Bridge(long instanceId, string network) =>
        "lab-" + Hash(string.Create(CultureInfo.InvariantCulture, $"{installation.Id}/{instanceId}/{network}"));

    /// <summary>Name of the bridge between an instance's helper and the host. The firewall knows these by the first six.</summary>
    public string UplinkBridge(long instanceId) =>
        "labup-" + Hash(string.Create(CultureInfo.InvariantCulture, $"{installation.Id}/{instanceId}/.uplink"))[..9];

    private static string Hash(string text)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return string.Concat(hash.Take(11).Select(b => Base32[b & 31]));
    }
}
