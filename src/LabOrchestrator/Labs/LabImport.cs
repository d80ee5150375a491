using System.Collections.Immutable;

namespace LabOrchestrator.Labs;

/// <summary>What came of importing a lab.</summary>
/// <param name="Lab">The lab with its newest version; null when there is any mistake.</param>
/// <param name="Mistakes">All mistakes; empty when there is a lab.</param>
public sealed record LabImport(Lab? Lab, ImmutableArray<LabMistake> Mistakes)
{
    /// <summary>What the configured runtimes lack for the lab; empty when there is no lab.</summary>
    public ImmutableArray<LabWarning> Warnings { get; init; } = [];
}

/// <summary>What came of importing one folder.</summary>
/// <param name="Folder">Its path.</param>
/// <param name="Lab">The lab; null when there is any mistake.</param>
/// <param name="Mistakes">All mistakes, their files relative to the folder.</param>
public sealed record LabFolderImport(string Folder, Lab? Lab, ImmutableArray<LabMistake> Mistakes)
{
    /// <summary>What the lab requires of an engine, by place; empty when there is no lab.</summary>
    public ImmutableArray<LabRequirement> Requirements { get; init; } = [];
}

/// <summary>What the configured runtimes lack for the lab of a folder.</summary>
/// <param name="Folder">Its path.</param>
/// <param name="Warnings">What which runtime lacks.</param>
public sealed record LabFolderWarnings(string Folder, ImmutableArray<LabWarning> Warnings);
