using System.Text.Json;

namespace LabOrchestrator.Server.Pages;

/// <summary>Addresses of the built scripts and styles, whose names hold their content's hash.</summary>
internal sealed class WebAssets
{
    private readonly Dictionary<string, Entry> _entries;

    /// <summary>Reads the manifest that the web build wrote.</summary>
    /// <exception cref="FileNotFoundException">The web part was not built.</exception>
    public WebAssets(IWebHostEnvironment environment)
    {
        var manifest = environment.WebRootFileProvider.GetFileInfo("assets/manifest.json");
        if (!manifest.Exists)
        {
            throw new FileNotFoundException(
                "The web part is not built. Run 'npm ci && npm run build' in src/LabOrchestrator.Server/Web, or use 'make run'.");
        }

        using var stream = manifest.CreateReadStream();
        _entries = JsonSerializer.Deserialize<Dictionary<string, Entry>>(stream, JsonSerializerOptions.Web) ?? [];
    }

    /// <summary>The script of an entry, for example <c>src/site.ts</c>.</summary>
    public string Script(string entry) => $"/assets/{_entries[entry].File}";

    /// <summary>The styles of an entry and of what it imports.</summary>
    public IEnumerable<string> Styles(string entry) =>
        (_entries[entry].Css ?? []).Concat((_entries[entry].Imports ?? []).SelectMany(i => _entries[i].Css ?? [])).Distinct().Select(c => $"/assets/{c}");

    private sealed record Entry(string File, string[]? Css, string[]? Imports);
}
