namespace LabOrchestrator.Labs.Reading;

/// <summary>A node of a YAML file with its place, counted from 1.</summary>
internal abstract record SourceNode(int Line, int Column);

/// <summary>A single value; plain means written without quotes and not as a block.</summary>
internal sealed record SourceScalar(int Line, int Column, string Text, bool IsPlain) : SourceNode(Line, Column);

/// <summary>A list.</summary>
internal sealed record SourceList(int Line, int Column, IReadOnlyList<SourceNode> Items) : SourceNode(Line, Column);

/// <summary>Keys with values, without those whose key came a second time.</summary>
internal sealed record SourceMap(int Line, int Column, IReadOnlyList<SourceEntry> Entries) : SourceNode(Line, Column);

/// <summary>One key with its value.</summary>
internal sealed record SourceEntry(SourceScalar Key, SourceNode Value);

/// <summary>Something already reported, about which nothing more is to be said.</summary>
internal sealed record SourceUnreadable(int Line, int Column) : SourceNode(Line, Column);
