using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>What a pod is told about its own cluster.</summary>
internal static class InClusterConfiguration
{
    public const string Folder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>We run in a pod.</summary>
    public static bool IsGiven(Func<string, string?> environment) => !string.IsNullOrEmpty(environment("KUBERNETES_SERVICE_HOST"));

    /// <param name="environment">Reads a variable.</param>
    /// <param name="folder">Where token, ca.crt and namespace are.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ClusterConfigurationException">Something of it is missing.</exception>
    public static ClusterConfiguration Read(Func<string, string?> environment, string folder, TimeProvider time)
    {
        var host = environment("KUBERNETES_SERVICE_HOST");
        if (string.IsNullOrEmpty(host) || !int.TryParse(environment("KUBERNETES_SERVICE_PORT"), CultureInfo.InvariantCulture, out var port))
        {
            throw new ClusterConfigurationException("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod. Name a kubeconfig.");
        }

        var authorities = Read(Path.Combine(folder, "ca.crt"));
        return new ClusterConfiguration
        {
            Server = new UriBuilder("https", host, port).Uri,
            Origin = "the pod's service account",
            Fingerprint = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(authorities))),
            Authorities = Certificates.Authorities(authorities, Path.Combine(folder, "ca.crt")),
            Credentials = new TokenFileCredentials(Path.Combine(folder, "token"), null, time),
            Namespace = Read(Path.Combine(folder, "namespace")).Trim(),
        };
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClusterConfigurationException(
                $"{path} cannot be read: {e.Message} The pod needs a service account and automountServiceAccountToken: true.", e);
        }
    }
}
