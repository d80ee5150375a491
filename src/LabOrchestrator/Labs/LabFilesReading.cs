using System.Collections.Immutable;

namespace LabOrchestrator.Labs;

/// <summary>What came of collecting the files of a lab.</summary>
/// <param name="Files">The files; null when there is any mistake.</param>
/// <param name="Mistakes">All mistakes; empty when there are files.</param>
public sealed record LabFilesReading(LabFiles? Files, ImmutableArray<LabMistake> Mistakes);
