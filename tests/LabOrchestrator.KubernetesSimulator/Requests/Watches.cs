using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Watch streams: one JSON object per line.</summary>
internal sealed class Watches(ObjectStore store, SimulatorSettings settings, TimeProvider time)
{
    public async Task ServeAsync(HttpContext context, ResourceKind kind, string? @namespace, string? name)
    {
        if (context.Query("limit") is { } limit && limit != "0" && context.Query("continue") is not null)
        {
            throw ApiRefusal.BadRequest("continue is not allowed with watch");
        }

        var fields = name is null ? context.Query("fieldSelector") : "metadata.name=" + name;
        var watcher = new Watcher(@namespace, Selectors.Parse(context.Query("labelSelector"), fields));
        var collection = store.Of(kind);
        var bookmarks = context.Query("allowWatchBookmarks") == "true";
        var (initial, isEndTold) = Begin(context, kind, collection, watcher);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        using var timer = time.CreateTimer(_ => life.Cancel(), null, Lifetime(context.Query("timeoutSeconds")), Timeout.InfiniteTimeSpan);
        try
        {
            context.Response.ContentType = "application/json";
            var writer = context.Response.BodyWriter;
            await context.Response.StartAsync(life.Token);
            await context.Response.Body.FlushAsync(life.Token);
            await InitialAsync(writer, initial, watcher, isEndTold, kind, life.Token);
            await FollowAsync(writer, watcher, bookmarks ? kind : null, initial?.Version ?? store.Version, life.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // Its time is over: ends as a stream that was read to its end.
        }
        finally
        {
            collection.Unwatch(watcher);
        }
    }

    private (Snapshot? Initial, bool IsEndTold) Begin(HttpContext context, ResourceKind kind, ResourceCollection collection, Watcher watcher)
    {
        var version = context.Query("resourceVersion");
        var isStreamed = context.Query("sendInitialEvents") == "true";
        if (isStreamed && context.Query("resourceVersionMatch") != "NotOlderThan")
        {
            throw ApiRefusal.Invalid(kind, "", [new StatusCause("FieldValueForbidden", "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan", "resourceVersionMatch")]);
        }

        if (isStreamed || version is null or "0")
        {
            return (collection.WatchFromNow(watcher), isStreamed);
        }

        if (!long.TryParse(version, CultureInfo.InvariantCulture, out var after))
        {
            throw ApiRefusal.BadRequest($"Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax");
        }

        if (after > store.Version)
        {
            throw Lists.TooLarge(after, store.Version);
        }

        if (!collection.TryWatch(watcher, after))
        {
            // The real one answers a watch from a version that is gone with 200 and one event of error.
            watcher.Expire();
        }

        return (null, false);
    }

    private static async Task InitialAsync(PipeWriter writer, Snapshot? initial, Watcher watcher, bool tellEnd, ResourceKind kind, CancellationToken cancellationToken)
    {
        if (initial is null)
        {
            return;
        }

        foreach (var one in initial.In(watcher.Namespace).Where(watcher.Selects))
        {
            Write(writer, "ADDED", one.Bytes);
            if (writer.UnflushedBytes > 128 * 1024)
            {
                await writer.FlushAsync(cancellationToken);
            }
        }

        if (tellEnd)
        {
            Write(writer, "BOOKMARK", Bookmark(kind, initial.Version, isEnd: true));
        }

        await writer.FlushAsync(cancellationToken);
    }

    private async Task FollowAsync(PipeWriter writer, Watcher watcher, ResourceKind? bookmarked, long version, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var quiet = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var timer = bookmarked is null ? null : time.CreateTimer(_ => quiet.Cancel(), null, settings.BookmarkEvery, Timeout.InfiniteTimeSpan);
            try
            {
                if (!await watcher.Items.WaitToReadAsync(quiet.Token))
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Write(writer, "BOOKMARK", Bookmark(bookmarked!, store.Version, isEnd: false));
            }

            while (watcher.Items.TryRead(out var item))
            {
                Write(writer, item.Type, item.Object?.Bytes ?? ObjectJson.Bytes(ApiRefusal.VersionTooOld(version, store.Version).ToStatus()));
                if (writer.UnflushedBytes > 128 * 1024)
                {
                    await writer.FlushAsync(cancellationToken);
                }
            }

            await writer.FlushAsync(cancellationToken);
        }
    }

    private TimeSpan Lifetime(string? seconds) => seconds is null
        ? settings.WatchLife
        : TimeSpan.FromSeconds(Math.Clamp(int.Parse(seconds, CultureInfo.InvariantCulture), 1, 7200));

    private static byte[] Bookmark(ResourceKind kind, long version, bool isEnd)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null };
        if (isEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        return ObjectJson.Bytes(new JsonObject { ["kind"] = kind.Kind, ["apiVersion"] = kind.ApiVersion, ["metadata"] = metadata });
    }

    private static void Write(PipeWriter writer, string type, byte[] body)
    {
        Put(writer, System.Text.Encoding.ASCII.GetBytes("{\"type\":\"" + type + "\",\"object\":"));
        Put(writer, body);
        Put(writer, "}\n"u8);
    }

    private static void Put(PipeWriter writer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
    }
}
