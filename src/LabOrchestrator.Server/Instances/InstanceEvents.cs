using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LabOrchestrator.Instances;
using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.Instances;

/// <summary>The events of one user's instances.</summary>
internal sealed class InstanceEvents(LabInstanceFeed feed, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>How often a silent stream shows that it lives; proxies cut silent connections after 30 to 100 s.</summary>
    public static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<CancellationTokenSource, long> _open = new();

    /// <summary>Ends the streams of a user, whose right to them may have ended; a browser that still has it comes back by itself.</summary>
    public void EndOf(long userId)
    {
        foreach (var stream in _open.Where(o => o.Value == userId))
        {
            try
            {
                stream.Key.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended.
            }
        }
    }

    /// <summary>Yields events until cancelled, the user's right to them is looked at anew, or the server stops.</summary>
    public async IAsyncEnumerable<SseItem<object>> WatchAsync(Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        _open[ending] = caller.Id;
        var items = Channel.CreateBounded<SseItem<object>>(1);
        var watching = WatchAsync(caller, items.Writer, ending.Token);
        var pinging = PingAsync(items.Writer, ending.Token);
        try
        {
            await foreach (var item in items.Reader.ReadAllAsync(CancellationToken.None))
            {
                yield return item;
            }
        }
        finally
        {
            _open.TryRemove(ending, out _);
            await ending.CancelAsync();
            await Task.WhenAll(watching, pinging);
        }
    }

    private async Task WatchAsync(Caller caller, ChannelWriter<SseItem<object>> items, CancellationToken cancellationToken)
    {
        var seen = new HashSet<long>();
        try
        {
            await foreach (var snapshot in feed.WatchAsync(i => i.RoleOf(caller.Id) is not null || seen.Contains(i.Id), cancellationToken))
            {
                var instance = snapshot.Instance;
                if (instance.RoleOf(caller.Id) is null)
                {
                    seen.Remove(instance.Id);
                    await items.WriteAsync(new SseItem<object>(new GoneEvent(instance.Id), "gone"), cancellationToken);
                }
                else
                {
                    seen.Add(instance.Id);
                    await items.WriteAsync(
                        new SseItem<object>(InstanceAnswers.Of(instance, caller), "instance") { EventId = $"{instance.Id}-{snapshot.Version}" },
                        cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The browser left, or the server stops.
        }
        finally
        {
            items.TryComplete();
        }
    }

    private async Task PingAsync(ChannelWriter<SseItem<object>> items, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PingEvery, time);
        try
        {
            // The first at once: a browser that hears nothing does not know that the stream is open.
            do
            {
                items.TryWrite(new SseItem<object>(new PingEvent(time.GetUtcNow()), "ping"));
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The browser left, or the server stops.
        }
    }
}

/// <summary>An instance that the user is no longer a member of.</summary>
/// <param name="Id">Its identity.</param>
internal sealed record GoneEvent(long Id);

/// <summary>A sign that the stream lives.</summary>
/// <param name="At">When it was sent (UTC).</param>
internal sealed record PingEvent(DateTimeOffset At);
