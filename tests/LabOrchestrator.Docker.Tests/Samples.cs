namespace LabOrchestrator.Docker.Tests;

/// <summary>The labs of the repository.</summary>
internal static class Samples
{
    /// <summary>The folder that holds them.</summary>
    public static string Folder { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LabOrchestrator.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("These tests run inside the repository, which has the samples.");
        }

        return Path.Combine(folder.FullName, "samples/labs");
    }
}
