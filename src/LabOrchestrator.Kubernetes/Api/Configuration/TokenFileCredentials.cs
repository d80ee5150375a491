using System.Net.Http.Headers;
using System.Net.Security;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>A token in a file that somebody renews, as the kubelet does.</summary>
internal sealed class TokenFileCredentials(string path, SslStreamCertificateContext? certificate, TimeProvider time) : IClusterCredentials
{
    /// <summary>As often as client-go looks.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private ClusterCredentials? _credentials;
    private long _readAt;

    public ValueTask<ClusterCredentials> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_credentials is null || time.GetElapsedTime(_readAt) > Fresh)
            {
                _credentials = new ClusterCredentials(new AuthenticationHeaderValue("Bearer", Read()), certificate);
                _readAt = time.GetTimestamp();
            }

            return ValueTask.FromResult(_credentials);
        }
    }

    public bool Renew(ClusterCredentials refused)
    {
        lock (_lock)
        {
            _credentials = _credentials == refused ? null : _credentials;
            return true;
        }
    }

    private string Read()
    {
        try
        {
            var token = File.ReadAllText(path).Trim();
            return token.Length > 0 ? token : throw new ClusterConfigurationException($"The token file {path} is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClusterConfigurationException($"The token file {path} cannot be read: {e.Message}", e);
        }
    }
}
