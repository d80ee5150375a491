namespace LabOrchestrator.Labs;

/// <summary>The labs of <c>samples/labs</c>.</summary>
internal static class SampleLabs
{
    public static string Folder { get; } = RepositoryDocument.PathOf("samples/labs");

    public static TheoryData<string> Names => [.. Directory.GetDirectories(Folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    public static LabFiles Read(string name) => LabFolder.Read(Path.Combine(Folder, name)).Files.ShouldNotBeNull();
}
