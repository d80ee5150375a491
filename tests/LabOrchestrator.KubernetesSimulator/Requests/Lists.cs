using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Lists, whole or in pages of one version.</summary>
internal sealed class Lists(ObjectStore store)
{
    private const int MostPagers = 200;
    private readonly ConcurrentDictionary<string, Snapshot> _pagers = new();
    private readonly ConcurrentQueue<string> _order = new();

    /// <summary>Makes all continue tokens too old.</summary>
    public void Expire() => _pagers.Clear();

    public async Task WriteAsync(HttpContext context, ResourceKind kind, string? @namespace)
    {
        CheckVersion(context.Query("resourceVersion"));
        var limit = context.Query("limit") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        var selects = Selectors.Parse(context.Query("labelSelector"), context.Query("fieldSelector"));
        var (snapshot, pager, afterNamespace, afterName) = Start(context.Query("continue"), store.Of(kind));
        var found = snapshot.In(@namespace, afterNamespace, afterName).Where(selects);
        var page = limit > 0 ? found.Take(limit + 1).ToList() : found.ToList();
        string? token = null;
        if (limit > 0 && page.Count > limit)
        {
            page.RemoveAt(limit);
            token = Token(pager ?? Keep(snapshot), page[^1]);
        }

        context.Response.ContentType = "application/json";
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{{\"kind\":\"{kind.Kind}List\",\"apiVersion\":\"{kind.ApiVersion}\",\"metadata\":{{\"resourceVersion\":\"{snapshot.Version}\"");
        if (token is not null)
        {
            head.Append(CultureInfo.InvariantCulture, $",\"continue\":\"{token}\"");
        }

        await SendAsync(context, head.Append("},\"items\":[").ToString(), page);
    }

    private static async Task SendAsync(HttpContext context, string head, List<StoredObject> page)
    {
        var writer = context.Response.BodyWriter;
        await writer.WriteAsync(Encoding.UTF8.GetBytes(head), context.RequestAborted);
        var unsent = 0;
        for (var at = 0; at < page.Count; at++)
        {
            if (at > 0)
            {
                writer.GetSpan(1)[0] = (byte)',';
                writer.Advance(1);
            }

            var bytes = page[at].Bytes;
            bytes.CopyTo(writer.GetSpan(bytes.Length));
            writer.Advance(bytes.Length);
            unsent += bytes.Length;
            if (unsent > 256 * 1024)
            {
                unsent = 0;
                await writer.FlushAsync(context.RequestAborted);
            }
        }

        await writer.WriteAsync("]}\n"u8.ToArray(), context.RequestAborted);
    }

    private void CheckVersion(string? version)
    {
        if (version is not null && long.TryParse(version, CultureInfo.InvariantCulture, out var wanted) && wanted > store.Version)
        {
            throw TooLarge(wanted, store.Version);
        }
    }

    public static ApiRefusal TooLarge(long wanted, long current) =>
        new(504, "Timeout", $"Too large resource version: {wanted}, current: {current}")
        {
            RetryAfterSeconds = 1,
            Causes = [new StatusCause("ResourceVersionTooLarge", "Too large resource version")],
        };

    private (Snapshot Snapshot, string? Pager, string? Namespace, string? Name) Start(string? token, ResourceCollection collection)
    {
        if (token is null)
        {
            return (collection.Now(), null, null, null);
        }

        try
        {
            var parts = JsonSerializer.Deserialize<string[]>(Convert.FromBase64String(token))!;
            return (_pagers.TryGetValue(parts[0], out var snapshot) ? snapshot : throw ApiRefusal.Expired(), parts[0], parts[1], parts[2]);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw ApiRefusal.BadRequest("continue key is not valid: " + e.Message);
        }
    }

    private string Keep(Snapshot snapshot)
    {
        var pager = Guid.NewGuid().ToString("N");
        _pagers[pager] = snapshot;
        _order.Enqueue(pager);
        while (_order.Count > MostPagers && _order.TryDequeue(out var old))
        {
            _pagers.TryRemove(old, out _);
        }

        return pager;
    }

    private static string Token(string pager, StoredObject last) =>
        Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes((string[])[pager, last.Namespace, last.Name]));
}
