using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Kubernetes.Api.Watching;

/// <summary>List, then watch, for ever: whatever happens it comes back.</summary>
internal sealed partial class Reflector<T>
    where T : KubernetesObject
{
    /// <summary>A watch that ends sooner without a word counts as a failure, or the loop would spin.</summary>
    private static readonly TimeSpan VeryShort = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ShortestLife = TimeSpan.FromMinutes(5);

    private readonly KubernetesClient _client;
    private readonly KubernetesKind<T> _kind;
    private readonly ObjectScope _scope;
    private readonly Func<double> _jitter;
    private readonly Backoff _backoff;
    private readonly ILogger _logger;
    private string _version = "";
    private bool _mustList = true;
    private bool _fromNewest = true;
    private long? _listedAt;

    public Reflector(KubernetesClient client, KubernetesKind<T> kind, ObjectScope scope, Func<double> jitter)
    {
        (_client, _kind, _scope, _jitter) = (client, kind, scope, jitter);
        _backoff = new Backoff(client.Time, jitter);
        _logger = client.Logger;
        State = new WatchState(false, null, client.Time.GetUtcNow());
    }

    public required Action<IReadOnlyList<T>> Listed { get; init; }

    /// <summary>Hears of everything but bookmarks.</summary>
    public required Action<WatchEvent<T>> Seen { get; init; }

    public WatchState State { get; private set; }

    /// <summary>Hears that <see cref="State"/> is another.</summary>
    public Action Turned { get; init; } = () => { };

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await TurnAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (KubernetesException e) when (e is StateExpiredException || IsAhead(e))
            {
                await LoseAsync(e, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e)
            {
                await FailAsync(e, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        if (_mustList)
        {
            var list = await _client.ListAsync(_kind, _scope, cancellationToken, _fromNewest ? null : _version).ConfigureAwait(false);
            Listed(list.Items);
            _version = list.ResourceVersion;
            (_mustList, _fromNewest, _listedAt) = (false, false, _client.Time.GetTimestamp());
            LogListed(_kind, list.Items.Count);
            Succeed();
        }

        var started = _client.Time.GetTimestamp();
        if (await WatchAsync(cancellationToken).ConfigureAwait(false) == 0 && _client.Time.GetElapsedTime(started) < VeryShort)
        {
            await Task.Delay(_backoff.Fail(), _client.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> WatchAsync(CancellationToken cancellationToken)
    {
        var lifetime = ShortestLife * (1 + _jitter());
        // The server keeps to the lifetime; this is for one that is gone without the connection noticing.
        using var guard = new CancellationTokenSource(lifetime + TimeSpan.FromSeconds(30), _client.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(guard.Token, cancellationToken);
        var events = 0;
        try
        {
            using var watch = await _client.WatchAsync(_kind, _scope, _version, lifetime, either.Token).ConfigureAwait(false);
            Succeed();
            await foreach (var seen in watch.ReadAsync(either.Token).ConfigureAwait(false))
            {
                events++;
                if (seen.Type != WatchEventType.Bookmark)
                {
                    Seen(seen);
                }

                _version = seen.Object.Metadata.ResourceVersion;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            LogSilent(_kind, lifetime);
        }

        return events;
    }

    /// <summary>Our version is too old, or the server's is: list at least as fresh as we saw; if that is no use, the newest.</summary>
    private async Task LoseAsync(KubernetesException e, CancellationToken cancellationToken)
    {
        LogLost(_kind, e.Message);
        _fromNewest = _mustList || IsAhead(e);
        _mustList = true;
        if (_listedAt is { } before && _client.Time.GetElapsedTime(before) < Backoff.Longest)
        {
            await Task.Delay(_backoff.Fail(), _client.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FailAsync(Exception e, CancellationToken cancellationToken)
    {
        if (State.Failure is null)
        {
            State = State with { Failure = e, Since = _client.Time.GetUtcNow() };
            LogFailed(_kind, e.Message);
            Turned();
        }
        else
        {
            State = State with { Failure = e };
        }

        await Task.Delay(_backoff.Fail(), _client.Time, cancellationToken).ConfigureAwait(false);
    }

    private void Succeed()
    {
        if (State.Failure is not null)
        {
            LogBack(_kind);
        }

        if (State is not { IsSynced: true, Failure: null })
        {
            State = new WatchState(true, null, _client.Time.GetUtcNow());
            Turned();
        }
    }

    /// <summary>We saw more than the server has: another replica lags, or its store was put back to an earlier day.</summary>
    private static bool IsAhead(KubernetesException e) =>
        e.Causes.Any(c => c.Reason == "ResourceVersionTooLarge") || e.Message.Contains("Too large resource version", StringComparison.Ordinal);

    [LoggerMessage(10, LogLevel.Debug, "Listed {Kind}: {Count} objects")]
    private partial void LogListed(KubernetesKind kind, int count);

    [LoggerMessage(11, LogLevel.Information, "The watch of {Kind} must list again: {Reason}")]
    private partial void LogLost(KubernetesKind kind, string reason);

    [LoggerMessage(12, LogLevel.Warning, "Changes of {Kind} are not seen at the moment: {Reason}")]
    private partial void LogFailed(KubernetesKind kind, string reason);

    [LoggerMessage(13, LogLevel.Information, "Changes of {Kind} are seen again")]
    private partial void LogBack(KubernetesKind kind);

    [LoggerMessage(14, LogLevel.Warning, "The watch of {Kind} did not end after its lifetime of {Lifetime}; opening another")]
    private partial void LogSilent(KubernetesKind kind, TimeSpan lifetime);
}
