using System.Text.RegularExpressions;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>The names that Kubernetes accepts.</summary>
internal static partial class ClusterName
{
    private const int LongestLabel = 63;
    private const int LongestDomain = 253;

    /// <summary>A DNS label (RFC 1123), such as a namespace has.</summary>
    public static bool IsLabel(string name) => name.Length <= LongestLabel && Label().IsMatch(name);

    /// <summary>Labels with dots between, such as most objects have.</summary>
    public static bool IsDomain(string name) => name.Length is > 0 and <= LongestDomain && name.Split('.').All(IsLabel);

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();
}
