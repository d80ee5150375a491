using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>
/// What tries whether network policies are enforced: a listener with two ports, and two pods that dial it again and again, whose
/// readiness tells whether they get through. Nobody has to look into them. One policy then forbids what one of them sends, another what
/// the listener takes from the other.
/// </summary>
internal sealed class ProbeManifests(string @namespace, Installation installation, KubernetesRuntimeOptions options)
{
    /// <summary>The pod that is dialled.</summary>
    public const string Listener = "listener";

    /// <summary>The pod that may not send.</summary>
    public const string Outward = "outward";

    /// <summary>The pod from which the listener may not take.</summary>
    public const string Inward = "inward";

    private const int OpenPort = 8080;
    private const int ClosedPort = 8081;
    private const string Answer = "through";
    private const long Memory = 32L << 20;

    // What a probe leaves behind that was killed itself ends by then.
    private const int LongestLifeSeconds = 600;

    /// <summary>The namespace, as strict as one of a lab.</summary>
    public JsonObject Namespace() => NamespaceManifests.Confined(@namespace, "baseline", ClusterLabels.OfProbe(installation));

    /// <summary>The pod that is dialled.</summary>
    public JsonObject ListenerPod() => Pod(Listener, Listening("open", OpenPort), Listening("closed", ClosedPort));

    /// <summary>A pod that dials it.</summary>
    /// <param name="name"><see cref="Outward"/> or <see cref="Inward"/>.</param>
    /// <param name="address">The listener's address.</param>
    public JsonObject DiallingPod(string name, string address)
    {
        var port = name == Outward ? OpenPort : ClosedPort;
        var container = ConfinedPod.Container("dialler", options.HelperImage, (Memory, Memory), ["sleep", "infinity"]);
        var dial = string.Create(CultureInfo.InvariantCulture, $"test \"$(socat -u TCP4:{address}:{port},connect-timeout=2 STDOUT)\" = {Answer}");
        container["readinessProbe"] = new JsonObject
        {
            ["exec"] = new JsonObject { ["command"] = new JsonArray("sh", "-c", dial) },
            ["periodSeconds"] = 1,
            ["timeoutSeconds"] = 4,
            ["failureThreshold"] = 2,
        };
        return Pod(name, container);
    }

    /// <summary>What forbids it, one policy for each direction, by labels and ports as those of labs do.</summary>
    public IReadOnlyList<JsonObject> Policies() =>
    [
        Policy(Outward, Outward, "Egress", "egress", []),
        Policy(Inward, Listener, "Ingress", "ingress", [new JsonObject
        {
            ["from"] = new JsonArray(new JsonObject { ["podSelector"] = Part(Outward) }),
            ["ports"] = new JsonArray(new JsonObject { ["protocol"] = "TCP", ["port"] = OpenPort }),
        }]),
    ];

    private JsonObject Listening(string name, int port) => ConfinedPod.Container(
        name,
        options.HelperImage,
        (Memory, Memory),
        ["socat", string.Create(CultureInfo.InvariantCulture, $"TCP4-LISTEN:{port},fork,reuseaddr"), $"SYSTEM:echo {Answer}"],
        (name, port, "TCP"));

    private JsonObject Pod(string name, params JsonNode[] containers)
    {
        var labels = ClusterLabels.OfProbe(installation);
        labels[ClusterLabels.ProbePart] = name;
        var manifest = Manifest.Of(Kinds.Pod, @namespace, name, labels);
        var spec = ConfinedPod.Spec("Never", containers);
        spec["activeDeadlineSeconds"] = LongestLifeSeconds;
        manifest["spec"] = spec;
        return manifest;
    }

    private JsonObject Policy(string name, string pods, string type, string direction, JsonArray rules)
    {
        var manifest = Manifest.Of(Kinds.NetworkPolicy, @namespace, name, ClusterLabels.OfProbe(installation));
        manifest["spec"] = new JsonObject { ["podSelector"] = Part(pods), ["policyTypes"] = new JsonArray(type), [direction] = rules };
        return manifest;
    }

    private static JsonObject Part(string name) => new() { ["matchLabels"] = new JsonObject { [ClusterLabels.ProbePart] = name } };
}
