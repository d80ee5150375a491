using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>Pictures of the pages for the documentation, made by the tests that lead there.</summary>
internal static class Picture
{
    /// <summary>Writes what the page shows to a file of the repository, if <c>LABORCHESTRATOR_Tests__WriteDocuments=1</c> asks for it.</summary>
    public static async Task KeepAsync(IPage page, string path)
    {
        if (Environment.GetEnvironmentVariable("LABORCHESTRATOR_Tests__WriteDocuments") == "1")
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(Repository(), path) });
        }
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LabOrchestrator.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run in a clone of the repository.");
        }

        return folder;
    }
}
