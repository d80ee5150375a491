namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>What a request asks for, as the API server reads it from path and method.</summary>
internal sealed record RequestInfo(string Verb, string Group, string Version, string Resource, string? Subresource, string? Namespace, string? Name)
{
    /// <summary>What follows the subresource: <c>screenshot</c> of <c>vnc/screenshot</c>, or the port of <c>portforward/22</c>.</summary>
    public string? Rest { get; init; }

    /// <summary>As counters and faults name it: <c>pods</c>, <c>pods/exec</c>, <c>virtualmachines.kubevirt.io</c>.</summary>
    public string Label => Resource + (Group.Length == 0 ? "" : "." + Group) + (Subresource is null ? "" : "/" + Subresource);

    /// <summary>Null when the path is not one of objects.</summary>
    public static RequestInfo? Of(HttpRequest request)
    {
        var parts = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string group, version;
        string[] rest;
        switch (parts)
        {
            case ["api", var v, .. { Length: > 0 }]:
                (group, version, rest) = ("", v, parts[2..]);
                break;
            case ["apis", var g, var v, .. { Length: > 0 }]:
                (group, version, rest) = (g, v, parts[3..]);
                break;
            default:
                return null;
        }

        string? space = null;
        if (rest is ["namespaces", var named, var after, ..] && !(after is "status" or "finalize" && rest.Length == 3 && group.Length == 0))
        {
            space = named;
            rest = rest[2..];
        }

        var name = rest.Length > 1 ? Uri.UnescapeDataString(rest[1]) : null;
        var isWatch = request.Query["watch"] is ["true"] or ["1"];
        var verb = request.Method switch
        {
            "GET" or "HEAD" when name is not null => "get",
            "GET" or "HEAD" => isWatch ? "watch" : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            _ => name is null ? "deletecollection" : "delete",
        };
        return new RequestInfo(verb, group, version, rest[0], rest.Length > 2 ? rest[2] : null, space, name)
        {
            Rest = rest.Length > 3 ? string.Join('/', rest[3..]) : null,
        };
    }
}
