namespace LabOrchestrator.Labs;

/// <summary>What a configured runtime lacks for a lab. No mistake, since the lab may run elsewhere; a start there is refused.</summary>
/// <param name="Runtime">Name of the runtime.</param>
/// <param name="Capability">What it lacks, by the name that labs require it by.</param>
/// <param name="File">Relative path of the file that asks for it.</param>
/// <param name="Line">Line, counted from 1; 0 when it has no place.</param>
/// <param name="Column">Column, counted from 1; 0 when it has no place.</param>
/// <param name="Path">Place in the structure, for example <c>networks[0].internet</c>.</param>
/// <param name="Reason">Why it is missing, as a refused start says it.</param>
/// <param name="Remedy">What to do, as a refused start says it.</param>
public sealed record LabWarning(
    string Runtime, string Capability, string File, int Line, int Column, string Path, string Reason, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}:{Column}: {Path}: The lab requires {Capability} of the runtime \"{Runtime}\". {Reason} {Remedy}";
}
