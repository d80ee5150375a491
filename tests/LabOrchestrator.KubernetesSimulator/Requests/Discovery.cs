using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>What the API server tells about itself; null for other paths.</summary>
internal sealed class Discovery(KindRegistry kinds, SimulatorSettings settings)
{
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public JsonNode? Answer(string path) => path.Trim('/').Split('/') switch
    {
        ["version"] => Version(),
        ["api"] => new JsonObject { ["kind"] = "APIVersions", ["versions"] = ObjectJson.List(["v1"]) },
        ["apis"] => new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. Groups().Select(g => (JsonNode)Group(g.Key, [.. g]))]) },
        ["apis", var group] when Groups().FirstOrDefault(g => g.Key == group) is { } found => Group(group, [.. found]),
        ["api", "v1"] => Resources("", "v1"),
        ["apis", var group, var version] when Groups().Any(g => g.Key == group && g.Contains(version)) => Resources(group, version),
        _ => null,
    };

    private JsonObject Version()
    {
        var parts = settings.Version.TrimStart('v').Split('.');
        return new JsonObject { ["major"] = parts[0], ["minor"] = parts[1], ["gitVersion"] = settings.Version, ["platform"] = "linux/amd64", ["goVersion"] = "go1.24" };
    }

    private IEnumerable<IGrouping<string, string>> Groups()
    {
        var served = kinds.All.Where(k => k.Group.Length > 0).Select(k => (k.Group, k.Version)).Append(("authorization.k8s.io", "v1"));
        if (kinds.Find("kubevirt.io", "virtualmachines") is not null)
        {
            served = served.Append((KubeVirtSubresources.Group, "v1"));
        }

        if (kinds.Find("cdi.kubevirt.io", "datavolumes") is not null)
        {
            served = served.Append(("upload.cdi.kubevirt.io", "v1beta1"));
        }

        return served.Distinct().GroupBy(s => s.Item1, s => s.Item2);
    }

    private static JsonObject Group(string name, string[] versions)
    {
        JsonObject Of(string version) => new() { ["groupVersion"] = name + "/" + version, ["version"] = version };
        return new JsonObject
        {
            ["kind"] = "APIGroup",
            ["apiVersion"] = "v1",
            ["name"] = name,
            ["versions"] = new JsonArray([.. versions.Select(v => (JsonNode)Of(v))]),
            ["preferredVersion"] = Of(versions[0]),
        };
    }

    private JsonObject Resources(string group, string version)
    {
        var list = new JsonArray();
        foreach (var kind in kinds.All.Where(k => k.Group == group && k.Version == version))
        {
            list.Add((JsonNode)new JsonObject
            {
                ["name"] = kind.Plural,
                ["singularName"] = kind.Kind.ToLowerInvariant(),
                ["namespaced"] = kind.Namespaced,
                ["kind"] = kind.Kind,
                ["verbs"] = ObjectJson.List(Verbs),
                ["shortNames"] = ObjectJson.List(kind.ShortNames),
            });
            if (kind.HasStatus)
            {
                list.Add((JsonNode)Part(kind.Plural + "/status", kind.Kind, kind.Namespaced, "get", "patch", "update"));
            }
        }

        foreach (var (name, kind, verb) in Parts(group))
        {
            list.Add((JsonNode)Part(name, kind, group is not "authorization.k8s.io", verb));
        }

        return new JsonObject { ["kind"] = "APIResourceList", ["apiVersion"] = "v1", ["groupVersion"] = group.Length == 0 ? version : group + "/" + version, ["resources"] = list };
    }

    private static IEnumerable<(string Name, string Kind, string Verb)> Parts(string group) => group switch
    {
        "" => [("pods/exec", "PodExecOptions", "create"), ("pods/portforward", "PodPortForwardOptions", "create"), ("pods/log", "Pod", "get"),
            ("serviceaccounts/token", "TokenRequest", "create"), ("namespaces/finalize", "Namespace", "update")],
        "authorization.k8s.io" => [("selfsubjectaccessreviews", "SelfSubjectAccessReview", "create"), ("subjectaccessreviews", "SubjectAccessReview", "create")],
        "upload.cdi.kubevirt.io" => [("uploadtokenrequests", "UploadTokenRequest", "create")],
        KubeVirtSubresources.Group => KubeVirtSubresources.All.Select(s => (s.Resource + "/" + s.Name, "", s.Verb)),
        _ => [],
    };

    private static JsonObject Part(string name, string kind, bool namespaced, params string[] verbs) =>
        new() { ["name"] = name, ["singularName"] = "", ["namespaced"] = namespaced, ["kind"] = kind, ["verbs"] = ObjectJson.List(verbs) };
}
