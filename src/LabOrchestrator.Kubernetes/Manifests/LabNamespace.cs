using System.Security.Cryptography;
using System.Text;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>The names of instances on a cluster.</summary>
internal static class LabNamespace
{
    /// <summary>Longest name of a namespace (a DNS label, RFC 1123).</summary>
    private const int Longest = 63;

    private const int HashLength = 8;

    /// <summary><c>{namespace_prefix}-{user_id}-{instance_id}</c>; what would be too long keeps its end and gets a hash of the whole.</summary>
    public static string NameOf(InstanceSpec instance)
    {
        var end = $"-{instance.OwnerId}-{instance.InstanceId}";
        var whole = instance.NamespacePrefix + end;
        if (whole.Length <= Longest)
        {
            return whole;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)))[..HashLength];
        var kept = instance.NamespacePrefix[..(Longest - end.Length - HashLength - 1)].TrimEnd('-');
        return $"{kept}-{hash}{end}";
    }
}
