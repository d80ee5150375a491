using System.Net.Http.Headers;
using System.Net.Security;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>What we prove ourselves with. A class, so that no text of it shows the token.</summary>
internal sealed class ClusterCredentials(AuthenticationHeaderValue? authorization, SslStreamCertificateContext? certificate)
{
    public static readonly ClusterCredentials Anonymous = new(null, null);

    /// <summary>Sent with every request, or null.</summary>
    public AuthenticationHeaderValue? Authorization { get; } = authorization;

    /// <summary>Shown when the connection is made, or null.</summary>
    public SslStreamCertificateContext? Certificate { get; } = certificate;
}

/// <summary>Credentials that may change while we run.</summary>
internal interface IClusterCredentials
{
    /// <summary>The credentials of now.</summary>
    /// <exception cref="ClusterConfigurationException">There are none; the message names the remedy.</exception>
    ValueTask<ClusterCredentials> GetAsync(CancellationToken cancellationToken);

    /// <summary>The server refused what <see cref="GetAsync"/> gave: get new ones, unless somebody did so meanwhile.</summary>
    /// <returns>Whether another try may be worth it.</returns>
    bool Renew(ClusterCredentials refused);
}

/// <summary>Credentials that never change.</summary>
internal sealed class FixedCredentials(ClusterCredentials credentials) : IClusterCredentials
{
    public ValueTask<ClusterCredentials> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(credentials);

    public bool Renew(ClusterCredentials refused) => false;
}
