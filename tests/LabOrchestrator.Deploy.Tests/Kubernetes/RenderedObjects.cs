using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace LabOrchestrator.Deploy.Kubernetes;

/// <summary>What a deployment's files come to: the objects that a cluster is given.</summary>
internal sealed class RenderedObjects(IReadOnlyList<JsonObject> all)
{
    public IReadOnlyList<JsonObject> All { get; } = all;

    private static IDeserializer Deserializer => new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();

    /// <summary>Reads a document of YAML that is a list.</summary>
    public static JsonArray ListOf(string yaml) => (JsonArray)JsonSerializer.SerializeToNode(Deserializer.Deserialize<List<object>>(yaml))!;

    /// <summary>Reads documents of YAML.</summary>
    public static RenderedObjects Of(string yaml)
    {
        var deserializer = Deserializer;
        var parser = new Parser(new StringReader(yaml));
        parser.Consume<StreamStart>();
        var objects = new List<JsonObject>();
        while (parser.Accept<DocumentStart>(out _))
        {
            if (deserializer.Deserialize<Dictionary<string, object>?>(parser) is { } document)
            {
                objects.Add((JsonObject)JsonSerializer.SerializeToNode(document)!);
            }
        }

        return new RenderedObjects(objects);
    }

    public IEnumerable<JsonObject> OfKind(params string[] kinds) => All.Where(o => kinds.Contains(Kind(o)));

    public JsonObject One(string kind, string name) => All.Single(o => Kind(o) == kind && Name(o) == name);

    /// <summary>Deployments and StatefulSets.</summary>
    public IEnumerable<JsonObject> Workloads => OfKind("Deployment", "StatefulSet");

    public static string Kind(JsonObject o) => o["kind"]!.GetValue<string>();

    public static string Name(JsonObject o) => o["metadata"]!["name"]!.GetValue<string>();

    public static string? Namespace(JsonObject o) => o["metadata"]!["namespace"]?.GetValue<string>();

    public static Dictionary<string, string> Labels(JsonNode? selector) =>
        selector is JsonObject labels ? labels.ToDictionary(l => l.Key, l => l.Value!.GetValue<string>()) : [];

    /// <summary>The labels of a workload's pods.</summary>
    public static Dictionary<string, string> PodLabels(JsonObject workload) => Labels(workload["spec"]!["template"]!["metadata"]!["labels"]);

    public static JsonObject PodSpec(JsonObject workload) => workload["spec"]!["template"]!["spec"]!.AsObject();

    public static IEnumerable<JsonObject> Containers(JsonObject workload) =>
        PodSpec(workload).Where(p => p.Key is "containers" or "initContainers").SelectMany(p => p.Value!.AsArray()).Select(c => c!.AsObject());

    public static bool Selects(Dictionary<string, string> selector, Dictionary<string, string> labels) =>
        selector.Count > 0 && selector.All(s => labels.TryGetValue(s.Key, out var value) && value == s.Value);

    public override string ToString() => string.Join('\n', All.Select(o => $"{Kind(o)} {Name(o)}"));
}
