using System.Collections.Immutable;

namespace LabOrchestrator.Labs.Reading;

/// <summary>
/// A value that was held against its shape. <see cref="Value"/> is a string, decimal, long (bytes), bool, a list of nodes, nodes by
/// key or JSON; null when the value was wrong, which has then been reported.
/// </summary>
internal sealed record CheckedNode(string Path, SourceNode Source, object? Value)
{
    /// <summary>The value of a key; null when the key is not there.</summary>
    public CheckedNode? this[string key] => Keys.GetValueOrDefault(key);

    public string? AsText => Value as string;

    public ImmutableArray<CheckedNode> Items => Value is ImmutableArray<CheckedNode> items ? items : [];

    public ImmutableDictionary<string, CheckedNode> Keys =>
        Value as ImmutableDictionary<string, CheckedNode> ?? ImmutableDictionary<string, CheckedNode>.Empty;

    public string? Text(string key) => this[key]?.AsText;

    public decimal? Number(string key) => this[key]?.Value as decimal?;

    public long? Bytes(string key) => this[key]?.Value as long?;

    public bool Flag(string key) => this[key]?.Value is true;

    public ImmutableArray<CheckedNode> List(string key) => this[key]?.Items ?? [];

    /// <summary>The texts of a list, without those that were wrong.</summary>
    public ImmutableArray<string> Texts(string key) => [.. List(key).Select(n => n.AsText).OfType<string>()];
}
