using LabOrchestrator.Kubernetes.Api.Configuration;

namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>
/// The link of now: it changes when the configuration is mended, or when the client certificate rotates. Streams that run on an
/// old link go on.
/// </summary>
internal sealed class ClusterLinks(Func<ClusterConfiguration> load) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<ClusterLink> _all = [];
    private ClusterConfiguration? _configuration;
    private ClusterLink? _link;
    private bool _suspect;

    /// <summary>The configuration that was read last, or null.</summary>
    public ClusterConfiguration? Current => _configuration;

    /// <summary>The configuration in use; read when there is none, or when the last one is suspected.</summary>
    /// <exception cref="ClusterConfigurationException">There is none, or it is wrong.</exception>
    public ClusterConfiguration Configuration
    {
        get
        {
            lock (_lock)
            {
                if (_configuration is null || _suspect)
                {
                    var found = load();
                    if (_configuration is null || found.Fingerprint != _configuration.Fingerprint)
                    {
                        _configuration = found;
                    }

                    _suspect = false;
                }

                return _configuration;
            }
        }
    }

    /// <summary>The link of now and what to send over it.</summary>
    public async ValueTask<(ClusterLink Link, ClusterCredentials Credentials)> OpenAsync(CancellationToken cancellationToken)
    {
        var configuration = Configuration;
        var credentials = await configuration.Credentials.GetAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (_link is null || _link.Configuration != configuration || _link.Certificate != credentials.Certificate)
            {
                _link = new ClusterLink(configuration, credentials.Certificate);
                _all.Add(_link);
            }

            return (_link, credentials);
        }
    }

    /// <summary>Something went wrong that a mended configuration would explain: it is read again before the next request.</summary>
    public void Suspect()
    {
        lock (_lock)
        {
            _suspect = true;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _all.ForEach(l => l.Dispose());
            _all.Clear();
        }
    }
}
