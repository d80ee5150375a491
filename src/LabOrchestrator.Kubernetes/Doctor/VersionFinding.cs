using System.Globalization;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Manifests;

namespace LabOrchestrator.Kubernetes.Doctor;

/// <summary>
/// What a cluster of some version lacks. The server sends nothing that 1.20 does not understand; but what a cluster does not do by itself
/// there, its admin has to see to.
/// </summary>
internal static class VersionFinding
{
    private const int OldestMinor = 20;
    private const int OldestTested = 30;
    private const int NewestTested = 36;

    public static Finding Of(ServerVersion version, KubernetesRuntimeOptions options)
    {
        var isRead = int.TryParse(version.Major, CultureInfo.InvariantCulture, out var major)
            & int.TryParse(new string([.. version.Minor.TakeWhile(char.IsAsciiDigit)]), CultureInfo.InvariantCulture, out var minor);
        if (!isRead)
        {
            return new("Version", FindingState.Absent, $"{version.GitVersion}, which is none that we know; tested are 1.{OldestTested} to 1.{NewestTested}");
        }

        if (major < 1 || (major == 1 && minor < OldestMinor))
        {
            return new("Version", FindingState.Bad, $"{version.GitVersion} does not understand all that labs need. Upgrade the cluster to 1.{OldestTested} or newer, at least to 1.{OldestMinor}.");
        }

        return major == 1 && minor is >= OldestTested and <= NewestTested
            ? new("Version", FindingState.Good, version.GitVersion)
            : new("Version", FindingState.Absent, string.Join(' ', [$"{version.GitVersion}; tested are 1.{OldestTested} to 1.{NewestTested}.", .. major == 1 ? Missing(minor, options) : []]).TrimEnd('.'));
    }

    private static IEnumerable<string> Missing(int minor, KubernetesRuntimeOptions options)
    {
        if (minor < 21)
        {
            var named = new[] { PolicyManifests.Selector(options.ClusterDns).Namespace, options.ServerNamespace }.OfType<string>();
            yield return "Namespaces carry no label with their name before 1.21, and the labs' network policies look for it: machines find no names. "
                + $"Set kubernetes.io/metadata.name on: {string.Join(", ", named)}.";
        }

        if (minor < 22)
        {
            yield return "Server-side apply is beta before 1.22; leave its feature gate on.";
        }

        if (minor < 23)
        {
            yield return "Pod Security is not enforced before 1.23: the server's own rules alone keep authors' objects and patches from the nodes.";
        }

        if (minor < OldestTested)
        {
            yield return "The newest KubeVirt and CDI need a newer Kubernetes; install releases of theirs that were made for this one.";
        }
    }
}
