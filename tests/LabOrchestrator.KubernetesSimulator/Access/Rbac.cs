using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Access;

/// <summary>One rule of a role.</summary>
internal sealed record Rule(string[] Verbs, string[] Groups, string[] Resources, string[] Names, string[] Paths)
{
    public static Rule Of(JsonObject rule) =>
        new([.. rule.Texts("verbs")], [.. rule.Texts("apiGroups")], [.. rule.Texts("resources")], [.. rule.Texts("resourceNames")], [.. rule.Texts("nonResourceURLs")]);

    public bool Allows(string verb, string group, string resource, string? subresource, string? name)
    {
        var whole = subresource is null ? resource : resource + "/" + subresource;
        return (Verbs.Contains("*") || Verbs.Contains(verb))
            && (Groups.Contains("*") || Groups.Contains(group))
            && (Resources.Contains("*") || Resources.Contains(whole) || (subresource is not null && Resources.Contains("*/" + subresource)))
            && (Names.Length == 0 || (name is not null && Names.Contains(name)));
    }
}

/// <summary>Rights by the roles and bindings in the store.</summary>
internal sealed class Rbac(ObjectStore store)
{
    private const string Group = "rbac.authorization.k8s.io";

    public void Demand(User user, RequestInfo request)
    {
        if (!Allows(user, request.Verb, request.Group, request.Resource, request.Subresource, request.Namespace, request.Name))
        {
            throw Refusal(user, request);
        }
    }

    public bool Allows(User user, string verb, string group, string resource, string? subresource, string? @namespace, string? name) =>
        user.IsMaster || Rules(user, @namespace).Any(r => r.Allows(verb, group, resource, subresource, name));

    /// <summary>Nobody gives a right that they do not have.</summary>
    public void DemandNoEscalation(User user, string? @namespace, IEnumerable<Rule> given, string what)
    {
        var own = user.IsMaster ? [] : Rules(user, @namespace).ToList();
        foreach (var rule in user.IsMaster ? [] : given)
        {
            var lacking = (from verb in rule.Verbs
                           from g in rule.Groups
                           from resource in rule.Resources
                           let parts = resource.Split('/', 2)
                           where !own.Exists(o => o.Names.Length == 0 && o.Allows(verb, g, parts[0], parts.ElementAtOrDefault(1), null))
                           select $"{{APIGroups:[\"{g}\"], Resources:[\"{resource}\"], Verbs:[\"{verb}\"]}}").ToList();
            if (lacking.Count > 0)
            {
                throw new ApiRefusal(403, "Forbidden",
                    $"{what} is forbidden: user \"{user.Name}\" (groups={string.Join(",", user.Groups)}) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', lacking)}");
            }
        }
    }

    public IEnumerable<Rule> RulesOf(string? @namespace, JsonNode? roleRef)
    {
        var name = roleRef.Text("name") ?? "";
        var role = roleRef.Text("kind") == "Role"
            ? store.Of(Group, "roles").Find(@namespace ?? "", name)
            : store.Of(Group, "clusterroles").Find("", name);
        return role is null ? [] : role.Read().Objects("rules").Select(Rule.Of);
    }

    private IEnumerable<Rule> Rules(User user, string? @namespace)
    {
        foreach (var binding in store.Of(Group, "clusterrolebindings").In(null))
        {
            var value = binding.Read();
            if (Binds(value, user))
            {
                foreach (var rule in RulesOf(null, value["roleRef"]))
                {
                    yield return rule;
                }
            }
        }

        foreach (var binding in @namespace is null ? [] : store.Of(Group, "rolebindings").In(@namespace))
        {
            var value = binding.Read();
            if (Binds(value, user))
            {
                foreach (var rule in RulesOf(@namespace, value["roleRef"]))
                {
                    yield return rule;
                }
            }
        }
    }

    private static bool Binds(JsonObject binding, User user) => binding.Objects("subjects").Any(s => s.Text("kind") switch
    {
        "User" => s.Text("name") == user.Name,
        "Group" => user.Groups.Contains(s.Text("name") ?? ""),
        _ => user.Name == $"system:serviceaccount:{s.Text("namespace")}:{s.Text("name")}",
    });

    private static ApiRefusal Refusal(User user, RequestInfo request)
    {
        var resource = request.Resource + (request.Subresource is null ? "" : "/" + request.Subresource);
        var full = resource + (request.Group.Length == 0 ? "" : "." + request.Group);
        var scope = request.Namespace is null ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        return new ApiRefusal(403, "Forbidden",
            $"{full}{(request.Name is null ? "" : $" \"{request.Name}\"")} is forbidden: User \"{user.Name}\" cannot {request.Verb} resource \"{resource}\" in API group \"{request.Group}\" {scope}")
        {
            Name = request.Name,
            Kind = new Kinds.ResourceKind(request.Group, request.Version, "", request.Resource, request.Namespace is not null, null!),
        };
    }
}
