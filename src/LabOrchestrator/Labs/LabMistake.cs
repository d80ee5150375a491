namespace LabOrchestrator.Labs;

/// <summary>One mistake in a lab, with its place and how to mend it.</summary>
/// <param name="File">Relative path of the file.</param>
/// <param name="Line">Line, counted from 1; 0 when the mistake has no place.</param>
/// <param name="Column">Column, counted from 1; 0 when the mistake has no place.</param>
/// <param name="Path">Place in the structure, for example <c>machines[1].memory</c>.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to write instead.</param>
public sealed record LabMistake(string File, int Line, int Column, string Path, string Message, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}:{Column}: {Path}: {Message} {Remedy}";
}
