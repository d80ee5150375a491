using System.Buffers;
using System.Net;
using System.Text.Json;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Api.Watching;

/// <summary>One line of a watch: <c>{"type":…,"object":…}</c>.</summary>
internal static class WatchLine
{
    /// <summary>The event of a line, or null when its type is none that we know.</summary>
    /// <exception cref="KubernetesException">The line is the server's error.</exception>
    public static WatchEvent<T>? Read<T>(KubernetesKind<T> kind, ReadOnlySequence<byte> line)
        where T : KubernetesObject
    {
        var reader = new Utf8JsonReader(line);
        string? type = null;
        ReadOnlySequence<byte> seen = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type");
            var isObject = reader.ValueTextEquals("object");
            reader.Read();
            var start = reader.TokenStartIndex;
            if (isType)
            {
                type = reader.GetString();
            }

            reader.Skip();
            if (isObject)
            {
                seen = line.Slice(start, reader.BytesConsumed - start);
            }
        }

        if (type == "ERROR")
        {
            var status = Refusal.Read(seen.ToArray());
            throw Refusal.Of((HttpStatusCode)(status.Code ?? 500), status, $"WATCH {kind}");
        }

        return TypeOf(type) is { } known && Object(kind, seen) is { } found ? new WatchEvent<T>(known, found) : null;
    }

    private static T? Object<T>(KubernetesKind<T> kind, ReadOnlySequence<byte> json)
        where T : KubernetesObject
    {
        var reader = new Utf8JsonReader(json);
        return JsonSerializer.Deserialize(ref reader, kind.Type);
    }

    private static WatchEventType? TypeOf(string? type) => type switch
    {
        "ADDED" => WatchEventType.Added,
        "MODIFIED" => WatchEventType.Modified,
        "DELETED" => WatchEventType.Deleted,
        "BOOKMARK" => WatchEventType.Bookmark,
        _ => null,
    };
}
