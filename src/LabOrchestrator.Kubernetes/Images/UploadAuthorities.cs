using System.Security.Cryptography.X509Certificates;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Images;

/// <summary>
/// Which authorities may vouch for CDI's upload proxy: those in the file of the settings, or those that CDI publishes beside its own
/// service. Either are renewed, CDI's every day, and are read for each upload.
/// </summary>
internal sealed class UploadAuthorities(KubernetesRuntimeOptions options, KubernetesClient client)
{
    /// <summary>The ConfigMap in which CDI publishes them.</summary>
    public const string Bundle = "cdi-uploadproxy-signer-bundle";

    private const string BundleKey = "ca-bundle.crt";
    private const string Service = "cdi-uploadproxy";

    /// <summary>The namespace of <see cref="Bundle"/>; null where the settings have a file, or the proxy is not reached by CDI's service.</summary>
    public static string? NamespaceOfBundle(KubernetesRuntimeOptions options) =>
        options.UploadProxyAuthority is null && Uri.TryCreate(options.UploadProxy, UriKind.Absolute, out var proxy)
        && proxy.Scheme == Uri.UriSchemeHttps && proxy.Host.Split('.') is [Service, var @namespace, "svc", ..]
            ? @namespace
            : null;

    /// <summary>What is wrong with a file of authorities, as a sentence; null when it can be used.</summary>
    public static string? MistakeIn(string file)
    {
        try
        {
            OfFile(file);
            return null;
        }
        catch (ClusterConfigurationException e)
        {
            return e.Message;
        }
    }

    /// <summary>The authorities as they are now; null for those of the system.</summary>
    /// <exception cref="RuntimeUnavailableException">They cannot be used.</exception>
    public async Task<X509Certificate2Collection?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return options.UploadProxyAuthority is { } file ? OfFile(file)
                : NamespaceOfBundle(options) is { } @namespace ? await OfBundleAsync(@namespace, cancellationToken).ConfigureAwait(false)
                : null;
        }
        catch (ClusterConfigurationException e)
        {
            throw new RuntimeUnavailableException(
                $"Nobody can vouch for CDI's upload proxy: {e.Message} Mend that, or name another file in Kubernetes__UploadProxyAuthority.", e);
        }
    }

    private async Task<X509Certificate2Collection> OfBundleAsync(string @namespace, CancellationToken cancellationToken)
    {
        var found = await client.FindAsync(Kinds.ConfigMap, @namespace, Bundle, cancellationToken).ConfigureAwait(false);
        return found?.Data.GetValueOrDefault(BundleKey) is { } pem
            ? Certificates.Authorities(pem, $"{BundleKey} of the ConfigMap {@namespace}/{Bundle}")
            : throw new ClusterConfigurationException($"the cluster has no ConfigMap {@namespace}/{Bundle} with {BundleKey}.");
    }

    private static X509Certificate2Collection OfFile(string file)
    {
        try
        {
            return Certificates.Authorities(File.ReadAllText(file), $"\"{file}\"");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ClusterConfigurationException($"\"{file}\" cannot be read: {e.Message}", e);
        }
    }
}
