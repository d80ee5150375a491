using System.Text.Json.Nodes;

namespace LabOrchestrator.Deploy.Kubernetes;

/// <summary>
/// Renders a folder as <c>kubectl kustomize</c> does: as much of it as our own folders use, and a complaint about everything else. Debian
/// 12's own kubectl is of 2020, and takes no folders as resources.
/// </summary>
internal static class Kustomization
{
    private static readonly string[] Known = ["apiVersion", "kind", "namespace", "resources", "images", "patches"];
    private static readonly string[] OfCluster = ["Namespace", "ClusterRole", "ClusterRoleBinding"];

    private static readonly string[] OfNamespace =
    [
        "ConfigMap", "Deployment", "Ingress", "NetworkPolicy", "PersistentVolumeClaim", "Role", "RoleBinding", "Service", "ServiceAccount", "StatefulSet",
    ];

    /// <summary>What a folder comes to.</summary>
    public static RenderedObjects Render(string folder)
    {
        var kustomization = RenderedObjects.Of(File.ReadAllText(Path.Combine(folder, "kustomization.yaml"))).All.Single();
        kustomization.Select(p => p.Key).Except(Known).ShouldBeEmpty($"{folder} uses what this renderer does not know. Add it here, or do without.");
        kustomization["apiVersion"]!.GetValue<string>().ShouldBe("kustomize.config.k8s.io/v1beta1");
        RenderedObjects.Kind(kustomization).ShouldBe("Kustomization");
        var objects = Listed(kustomization, "resources").SelectMany(r => Resource(Path.GetFullPath(Path.Combine(folder, r!.GetValue<string>())))).ToList();
        objects.Select(Identity).ShouldBeUnique();
        foreach (var patch in Listed(kustomization, "patches"))
        {
            Patch(objects, patch!.AsObject());
        }

        if (kustomization["namespace"] is { } @namespace)
        {
            objects.ForEach(o => Place(o, @namespace.GetValue<string>()));
        }

        foreach (var image in Listed(kustomization, "images"))
        {
            objects.ForEach(o => Rename(o, image!.AsObject()));
        }

        return new RenderedObjects(objects);
    }

    /// <summary>Group, kind, namespace and name.</summary>
    public static string Identity(JsonObject o) => $"{o["apiVersion"]} {RenderedObjects.Kind(o)} {RenderedObjects.Namespace(o)}/{RenderedObjects.Name(o)}";

    private static IEnumerable<JsonObject> Resource(string path) =>
        Directory.Exists(path) ? Render(path).All : RenderedObjects.Of(File.ReadAllText(path)).All;

    private static JsonArray Listed(JsonObject json, string key) => json[key] is { } list ? list.AsArray() : [];

    private static void Place(JsonObject o, string @namespace)
    {
        var kind = RenderedObjects.Kind(o);
        (OfCluster.Contains(kind) || OfNamespace.Contains(kind)).ShouldBeTrue($"It is not known here whether a {kind} stands in a namespace. Add it to one of the two lists.");
        if (OfNamespace.Contains(kind))
        {
            o["metadata"]!["namespace"] = @namespace;
            return;
        }

        // Kustomize would rename it, and rewrite accounts in bindings; ours say the same themselves.
        if (kind == "Namespace")
        {
            RenderedObjects.Name(o).ShouldBe(@namespace);
        }

        if (o["subjects"] is JsonArray subjects)
        {
            subjects.ShouldAllBe(s => s!["kind"]!.GetValue<string>() != "ServiceAccount" || s["namespace"]!.GetValue<string>() == @namespace);
        }
    }

    private static void Rename(JsonObject o, JsonObject image)
    {
        image.Select(p => p.Key).Except(["name", "newName", "newTag"]).ShouldBeEmpty("Only names and tags of images are set here.");
        var name = image["name"]!.GetValue<string>();
        foreach (var container in RenderedObjects.Kind(o) is "Deployment" or "StatefulSet" ? RenderedObjects.Containers(o) : [])
        {
            var parts = container["image"]!.GetValue<string>().Split(':');
            parts.Length.ShouldBe(2, "An image with a port or a digest in its name is not read here.");
            if (parts[0] == name)
            {
                container["image"] = $"{image["newName"]?.GetValue<string>() ?? parts[0]}:{image["newTag"]?.GetValue<string>() ?? parts[1]}";
            }
        }
    }

    private static void Patch(List<JsonObject> objects, JsonObject patch)
    {
        patch.Select(p => p.Key).Except(["patch", "target"]).ShouldBeEmpty("Patches stand in the kustomization here.");
        var text = patch["patch"]!.GetValue<string>();
        if (patch["target"] is not JsonObject target)
        {
            var change = RenderedObjects.Of(text).All.Single();
            Merge(objects.Single(o => Identity(o) == Identity(change)), change);
            return;
        }

        target.Select(p => p.Key).Except(["kind", "name"]).ShouldBeEmpty("Targets are found by kind and name here.");
        var found = objects.Where(o => RenderedObjects.Kind(o) == target["kind"]!.GetValue<string>() && RenderedObjects.Name(o) == target["name"]!.GetValue<string>()).ToList();
        found.ShouldNotBeEmpty($"No object for the patch of {target.ToJsonString()}");
        foreach (var operation in RenderedObjects.ListOf(text))
        {
            found.ForEach(o => Apply(o, operation!.AsObject()));
        }
    }

    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach (var (key, value) in change)
        {
            (value is JsonObject or JsonValue).ShouldBeTrue($"Only maps and plain values are merged here, which \"{key}\" is not.");
            if (value is JsonObject inner && target[key] is JsonObject known)
            {
                Merge(known, inner);
            }
            else
            {
                target[key] = value!.DeepClone();
            }
        }
    }

    private static void Apply(JsonObject o, JsonObject operation)
    {
        operation["op"]!.GetValue<string>().ShouldBe("replace", "No other operation is known here.");
        var path = operation["path"]!.GetValue<string>();
        path.ShouldNotContain("~");
        JsonNode? place = o;
        var keys = path.Split('/')[1..];
        foreach (var key in keys[..^1])
        {
            place = place is JsonArray list ? list[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)] : place![key];
        }

        place.ShouldNotBeNull(path);
        (place is JsonObject map && map.ContainsKey(keys[^1])).ShouldBeTrue($"There is nothing to replace at {path}.");
        place[keys[^1]] = operation["value"]!.DeepClone();
    }
}
