namespace LabOrchestrator.Labs;

/// <summary>A capability that a lab requires of an engine, with the place that asks for it.</summary>
/// <param name="Capability">Its name.</param>
/// <param name="File">Relative path of the file.</param>
/// <param name="Line">Line, counted from 1; 0 when it has no place.</param>
/// <param name="Column">Column, counted from 1; 0 when it has no place.</param>
/// <param name="Path">Place in the structure, for example <c>networks[0].internet</c>.</param>
public sealed record LabRequirement(string Capability, string File, int Line, int Column, string Path);
