using System.Threading.Channels;

namespace LabOrchestrator.KubernetesSimulator.Store;

/// <summary>One watch: what it asked for, and what it has not read yet.</summary>
internal sealed class Watcher(string? @namespace, Func<StoredObject, bool> selects)
{
    private readonly Channel<WatchItem> _items = Channel.CreateBounded<WatchItem>(new BoundedChannelOptions(100_000) { SingleReader = true });

    /// <summary>Null: all namespaces.</summary>
    public string? Namespace => @namespace;

    public ChannelReader<WatchItem> Items => _items.Reader;

    public bool Selects(StoredObject one) => selects(one);

    /// <summary>Queues a change as this watch sees it; a reader that is too slow is let go, as the real server does.</summary>
    public void Offer(StoreChange change)
    {
        if (@namespace is not null && change.Object.Namespace != @namespace)
        {
            return;
        }

        var now = change.Kind != ChangeKind.Deleted && selects(change.Object);
        var before = change.Before is { } old && selects(old);
        WatchItem? item = (before, now) switch
        {
            (false, true) => new WatchItem("ADDED", change.Object),
            (true, true) => new WatchItem("MODIFIED", change.Object),
            (true, false) => new WatchItem("DELETED", change.Object),
            _ => null,
        };
        if (item is { } one && !_items.Writer.TryWrite(one))
        {
            Drop();
        }
    }

    /// <summary>Ends it without a word.</summary>
    public void Drop() => _items.Writer.TryComplete();

    /// <summary>Ends it with an error event of 410.</summary>
    public void Expire()
    {
        _items.Writer.TryWrite(new WatchItem("ERROR", null));
        _items.Writer.TryComplete();
    }
}

/// <param name="Type">ADDED, MODIFIED, DELETED, or ERROR for expired.</param>
/// <param name="Object">The object; null with ERROR.</param>
internal readonly record struct WatchItem(string Type, StoredObject? Object);
