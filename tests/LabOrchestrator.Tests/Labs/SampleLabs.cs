using LabOrchestrator.Labs;

namespace LabOrchestrator.Tests.Labs;

/// <summary>The labs of <c>samples/labs</c>.</summary>
internal static class SampleLabs
{
    public static string RepositoryRoot { get; } = FindRoot();

    public static string Folder { get; } = Path.Combine(RepositoryRoot, "samples", "labs");

    public static TheoryData<string> Names => [.. Directory.GetDirectories(Folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    public static LabFiles Read(string name) => LabFolder.Read(Path.Combine(Folder, name)).Files.ShouldNotBeNull();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LabOrchestrator.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        return folder.FullName;
    }
}
