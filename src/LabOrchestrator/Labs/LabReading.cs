using System.Collections.Immutable;

namespace LabOrchestrator.Labs;

/// <summary>What came of reading a lab.</summary>
/// <param name="Definition">The definition; null when there is any mistake.</param>
/// <param name="Mistakes">All mistakes, by place; empty when there is a definition.</param>
public sealed record LabReading(LabDefinition? Definition, ImmutableArray<LabMistake> Mistakes)
{
    /// <summary>What the lab requires of an engine, by place; empty when there is any mistake.</summary>
    public ImmutableArray<LabRequirement> Requirements { get; init; } = [];
}
