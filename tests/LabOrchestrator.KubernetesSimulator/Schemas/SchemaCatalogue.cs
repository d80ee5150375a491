using System.Collections.Concurrent;
using System.Text.Json;

namespace LabOrchestrator.KubernetesSimulator.Schemas;

/// <summary>The committed schemas: those of Kubernetes by kind, those of KubeVirt and CDI as the definitions that an installation creates.</summary>
internal sealed class SchemaCatalogue
{
    private readonly JsonElement _definitions;
    private readonly JsonElement _kinds;
    private readonly ConcurrentDictionary<string, Schema> _read = new();

    private SchemaCatalogue(JsonElement document)
    {
        _definitions = document.GetProperty("definitions");
        _kinds = document.GetProperty("kinds");
    }

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "KubernetesSchemas");

    public static SchemaCatalogue Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "kubernetes", "schemas.json")));
        return new SchemaCatalogue(document.RootElement.Clone());
    }

    /// <summary>The definitions of custom kinds in a folder: <c>kubevirt</c> or <c>cdi</c>.</summary>
    public static IEnumerable<byte[]> CustomKinds(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Folder, folder), "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    /// <summary>The schema of a built-in kind such as <c>apps/v1/Deployment</c>, or null.</summary>
    public Schema? Find(string kind) => _kinds.TryGetProperty(kind, out var name) ? Definition(name.GetString()!) : null;

    /// <summary>The metadata that every object has.</summary>
    public Schema Metadata => Definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");

    private Schema Definition(string name) => _read.GetOrAdd(name, n => new Schema(_definitions.GetProperty(n), Definition));
}
