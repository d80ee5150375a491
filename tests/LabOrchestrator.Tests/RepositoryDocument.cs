namespace LabOrchestrator;

/// <summary>
/// A document in the repository that is made by the code. With <c>LABORCHESTRATOR_Tests__WriteDocuments=1</c> in the environment the
/// tests write it instead of comparing it.
/// </summary>
internal static class RepositoryDocument
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relativePath) => Path.Combine(Root, relativePath);

    public static void ShouldBe(string relativePath, string expected)
    {
        var path = PathOf(relativePath);
        if (Environment.GetEnvironmentVariable("LABORCHESTRATOR_Tests__WriteDocuments") == "1")
        {
            File.WriteAllText(path, expected);
        }

        var actual = File.Exists(path) ? File.ReadAllText(path) : "";
        actual.ShouldBe(expected, $"{relativePath} has drifted from the code: run this test with LABORCHESTRATOR_Tests__WriteDocuments=1.");
    }

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
