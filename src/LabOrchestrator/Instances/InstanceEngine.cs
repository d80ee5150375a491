using System.Collections.Concurrent;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>What the two sides of an instance share: those who wish, and the reconciler.</summary>
internal sealed class InstanceEngine(LabRuntimes runtimes, RuntimeHealth health, LabInstanceFeed feed, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<long, CancellationTokenSource> _working = new();

    public LabRuntimes Runtimes { get; } = runtimes;

    public RuntimeHealth Health { get; } = health;

    public LabInstanceFeed Feed { get; } = feed;

    public LiveInstances Live { get; } = new(feed, time);

    public ReconcileQueue Queue { get; } = new(time);

    /// <summary>Takes in a stored wish and has it looked at; work that a stop makes pointless is cancelled.</summary>
    public LabInstance Take(LabInstance stored)
    {
        var instance = Live.Put(stored);
        if (stored.Desired == DesiredState.Stopped && _working.TryGetValue(stored.Id, out var working))
        {
            try
            {
                working.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The work ended by itself just now.
            }
        }

        Queue.Add(stored.Id);
        return instance;
    }

    /// <summary>Runs work on an instance that a stop may cancel.</summary>
    public async Task WorkAsync(long id, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var working = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _working[id] = working;
        try
        {
            // A stop that came between reading the instance and this line would otherwise cancel nothing.
            if (Live.Find(id)?.Desired == DesiredState.Stopped)
            {
                return;
            }

            await work(working.Token).ConfigureAwait(false);
        }
        finally
        {
            _working.TryRemove(KeyValuePair.Create(id, working));
        }
    }

    public void Dispose() => Queue.Dispose();
}
