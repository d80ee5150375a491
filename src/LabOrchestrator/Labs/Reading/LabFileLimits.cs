namespace LabOrchestrator.Labs.Reading;

/// <summary>Limits on the files of a lab, wherever they come from; see also <see cref="LabFiles.MaximumBytes"/>.</summary>
internal static class LabFileLimits
{
    /// <summary>Most files.</summary>
    public const int MaximumFiles = 1000;

    /// <summary>How deep folders may lie in each other.</summary>
    public const int MaximumDepth = 16;
}
