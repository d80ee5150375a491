namespace LabOrchestrator.Images;

/// <summary>The parts of OCI references.</summary>
public static class ImageReference
{
    /// <summary>A reference without its tag and digest.</summary>
    public static string RepositoryOf(string reference)
    {
        var name = reference.Split('@')[0];
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[..colon] : name;
    }
}
