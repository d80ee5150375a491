using System.Collections.Immutable;

namespace LabOrchestrator.Labs;

/// <summary>What came of importing a lab.</summary>
/// <param name="Lab">The lab with its newest version; null when there is any mistake.</param>
/// <param name="Mistakes">All mistakes; empty when there is a lab.</param>
public sealed record LabImport(Lab? Lab, ImmutableArray<LabMistake> Mistakes);

/// <summary>What came of importing one folder.</summary>
/// <param name="Folder">Its path.</param>
/// <param name="Lab">The lab; null when there is any mistake.</param>
/// <param name="Mistakes">All mistakes, their files relative to the folder.</param>
public sealed record LabFolderImport(string Folder, Lab? Lab, ImmutableArray<LabMistake> Mistakes);
