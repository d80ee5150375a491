using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Kinds;

namespace LabOrchestrator.KubernetesSimulator.Store;

/// <summary>An object as stored: its JSON, and of it what lists and watches need without reading it.</summary>
internal sealed class StoredObject
{
    private static readonly Dictionary<string, string> None = [];

    public StoredObject(ResourceKind kind, JsonObject value)
    {
        Kind = kind;
        var metadata = value.Metadata();
        Namespace = kind.Namespaced ? metadata.Text("namespace") ?? "" : "";
        Name = metadata.Text("name")!;
        Uid = metadata.Text("uid") ?? "";
        IsEnding = metadata["deletionTimestamp"] is not null;
        Labels = metadata["labels"] is JsonObject { Count: > 0 } labels
            ? labels.ToDictionary(l => string.Intern(l.Key), l => l.Value.Text() ?? "", StringComparer.Ordinal)
            : None;
        OwnerUids = [.. metadata.Objects("ownerReferences").Select(o => o.Text("uid") ?? "")];
        Bytes = ObjectJson.Bytes(value);
    }

    public ResourceKind Kind { get; }

    public string Namespace { get; }

    public string Name { get; }

    public string Uid { get; }

    public long Version { get; private set; }

    public bool IsEnding { get; }

    public IReadOnlyDictionary<string, string> Labels { get; }

    public string[] OwnerUids { get; }

    /// <summary>The whole object as JSON in UTF-8.</summary>
    public byte[] Bytes { get; private set; }

    public ObjectAddress Address => new(Kind.Group, Kind.Plural, Namespace, Name);

    /// <summary>A copy that may be changed.</summary>
    public JsonObject Read() => (JsonObject)JsonNode.Parse(Bytes)!;

    public static StoredObject At(ResourceKind kind, JsonObject value, long version)
    {
        value.Metadata()["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new StoredObject(kind, value) { Version = version };
    }
}

/// <summary>Where an object is.</summary>
internal readonly record struct ObjectAddress(string Group, string Plural, string Namespace, string Name)
{
    public override string ToString() => $"{Plural}{(Group.Length == 0 ? "" : "." + Group)} {(Namespace.Length == 0 ? "" : Namespace + "/")}{Name}";
}
