using System.Security.Cryptography.X509Certificates;
using LabOrchestrator.Kubernetes.Api.Requests;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>Where a cluster's API server is, and who we are there.</summary>
internal sealed class ClusterConfiguration
{
    public required Uri Server { get; init; }

    /// <summary>Where this was found, for messages: <c>kubeconfig /home/…, context lab</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>Changes when what it was read from changes.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>Certificate authorities to trust instead of the system's, or null.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Trust any certificate: for trying out only.</summary>
    public bool SkipTlsVerification { get; init; }

    /// <summary>Name that the server's certificate has, when it is not the address's.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Proxy with scheme http, https or socks5; null is the environment's.</summary>
    public Uri? Proxy { get; init; }

    public IClusterCredentials Credentials { get; init; } = new FixedCredentials(ClusterCredentials.Anonymous);

    /// <summary>Act as somebody else in every request.</summary>
    public Impersonation? Impersonation { get; init; }

    /// <summary>The context's namespace.</summary>
    public string Namespace { get; init; } = "default";
}
