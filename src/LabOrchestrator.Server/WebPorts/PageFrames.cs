namespace LabOrchestrator.Server.WebPorts;

/// <summary>What the page of one answer may show in frames; nothing unless it says so.</summary>
public sealed class PageFrames
{
    /// <summary>Sources of the Content-Security-Policy's <c>frame-src</c>; null for none.</summary>
    public string? Sources { get; set; }
}
