namespace LabOrchestrator.Server.Configuration;

/// <summary>Where labs come from.</summary>
public sealed class LabsOptions : ICheckedOptions
{
    /// <summary>A folder whose sub-folders with a <c>lab.yaml</c> are imported at each start, beside the samples.</summary>
    public string? Directory { get; set; }

    /// <summary>Whether the sample labs are imported.</summary>
    public bool Samples { get; set; } = true;

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        if (Directory is not null && !System.IO.Directory.Exists(Directory))
        {
            yield return $"Labs__Directory must be a folder that the server can read; there is none at \"{Directory}\".";
        }
    }
}
