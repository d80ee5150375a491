using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>
/// What network policies say of a connection: a pod that a policy selects for a direction takes, or sends, what some such policy allows
/// and nothing else; both ends must agree.
/// </summary>
internal static class PolicyRules
{
    /// <summary>Whether a connection gets through.</summary>
    /// <param name="policies">The policies in force, of all namespaces.</param>
    /// <param name="enforced">The types that the network enforces: <c>Ingress</c>, <c>Egress</c>.</param>
    /// <param name="from">Who dials.</param>
    /// <param name="to">Who is dialled.</param>
    /// <param name="port">At which port of it.</param>
    /// <param name="protocol">Such as <c>TCP</c>.</param>
    public static bool Allow(
        IReadOnlyCollection<PolicyInForce> policies, IReadOnlyList<string> enforced, PolicyEnd from, PolicyEnd to, int port, string protocol = "TCP") =>
        from.Address == to.Address
        || ((!enforced.Contains("Egress") || Allows(policies, "Egress", from, to, to, port, protocol))
            && (!enforced.Contains("Ingress") || Allows(policies, "Ingress", to, from, to, port, protocol)));

    private static bool Allows(
        IEnumerable<PolicyInForce> policies, string direction, PolicyEnd subject, PolicyEnd peer, PolicyEnd target, int port, string protocol)
    {
        var selecting = policies.Where(p => p.Namespace == subject.Namespace && Types(p.Spec).Contains(direction)
            && Selectors.Matches(p.Spec.At("podSelector"), subject.Labels)).ToList();
        var (rules, peers) = direction == "Egress" ? ("egress", "to") : ("ingress", "from");
        return selecting.Count == 0 || selecting.Any(p => p.Spec.Objects(rules).Any(r =>
            (IsEmpty(r[peers]) || r.Objects(peers).Any(s => IsPeer(s, p.Namespace, peer)))
            && (IsEmpty(r["ports"]) || r.Objects("ports").Any(s => IsPort(s, target, port, protocol)))));
    }

    // A policy that does not say concerns what comes in, and what goes out only where it has rules for that.
    private static IEnumerable<string> Types(JsonObject spec) =>
        spec["policyTypes"] is JsonArray ? spec.Texts("policyTypes") : spec["egress"] is null ? ["Ingress"] : ["Ingress", "Egress"];

    private static bool IsEmpty(JsonNode? list) => list is not JsonArray { Count: > 0 };

    private static bool IsPeer(JsonObject peer, string @namespace, PolicyEnd end)
    {
        if (peer["ipBlock"] is { } block)
        {
            return IsIn(block.Text("cidr")!, end) && !block.Texts("except").Any(e => IsIn(e, end));
        }

        var isThere = peer["namespaceSelector"] is { } namespaces ? Selectors.Matches(namespaces, end.NamespaceLabels) : end.Namespace == @namespace;
        return isThere && (peer["podSelector"] is not { } pods || Selectors.Matches(pods, end.Labels));
    }

    private static bool IsIn(string range, PolicyEnd end) => IPNetwork.Parse(range).Contains(IPAddress.Parse(end.Address));

    private static bool IsPort(JsonObject rule, PolicyEnd target, int port, string protocol)
    {
        if ((rule.Text("protocol") ?? "TCP") != protocol)
        {
            return false;
        }

        return rule.Text("port") is not { } named
            || (int.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                ? port >= first && port <= (rule.Number("endPort") ?? first)
                : target.Ports.TryGetValue(named, out var number) && number == port);
    }
}

/// <summary>A policy.</summary>
/// <param name="Namespace">Whose pods it is for.</param>
/// <param name="Spec">Its spec.</param>
internal sealed record PolicyInForce(string Namespace, JsonObject Spec);

/// <summary>A pod as policies see it.</summary>
internal sealed record PolicyEnd(string Namespace, string Address)
{
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> NamespaceLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>Its ports by their names.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();
}
