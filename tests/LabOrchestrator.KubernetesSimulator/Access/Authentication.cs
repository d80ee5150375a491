using System.Collections.Concurrent;
using LabOrchestrator.KubernetesSimulator.Requests;

namespace LabOrchestrator.KubernetesSimulator.Access;

/// <summary>Bearer tokens, and impersonation by those who may.</summary>
internal sealed class Authentication(Rbac rbac)
{
    private readonly ConcurrentDictionary<string, User> _tokens = new(StringComparer.Ordinal);

    /// <summary>Without any token given, everybody is an administrator.</summary>
    public bool IsOpen => _tokens.IsEmpty;

    public void Add(string token, User user) => _tokens[token] = user;

    public bool Revoke(string token) => _tokens.TryRemove(token, out _);

    public User Of(HttpContext context)
    {
        var user = Bearer(context);
        var headers = context.Request.Headers;
        if (headers.TryGetValue("Impersonate-User", out var name) && name.Count > 0)
        {
            return Impersonate(user, name[0]!, [.. headers["Impersonate-Group"].OfType<string>()]);
        }

        return headers.ContainsKey("Impersonate-Group")
            ? throw ApiRefusal.BadRequest("requested [{Group}] without impersonating a user")
            : user;
    }

    private User Bearer(HttpContext context)
    {
        string? header = context.Request.Headers.Authorization;
        if (header?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true)
        {
            return _tokens.TryGetValue(header[7..].Trim(), out var user) ? user : IsOpen ? User.Admin : throw Unauthorized();
        }

        return IsOpen ? User.Admin : throw Unauthorized();
    }

    private User Impersonate(User user, string name, IReadOnlyList<string> groups)
    {
        string[] parts = name.Split(':');
        var isAccount = parts is ["system", "serviceaccount", _, _];
        if (isAccount)
        {
            rbac.Demand(user, new RequestInfo("impersonate", "", "v1", "serviceaccounts", null, parts[2], parts[3]));
        }
        else
        {
            rbac.Demand(user, new RequestInfo("impersonate", "", "v1", "users", null, null, name));
        }

        foreach (var group in groups)
        {
            rbac.Demand(user, new RequestInfo("impersonate", "", "v1", "groups", null, null, group));
        }

        return isAccount && groups.Count == 0
            ? User.ServiceAccount(parts[2], parts[3])
            : new User(name, [.. groups, "system:authenticated"]);
    }

    private static ApiRefusal Unauthorized() => new(401, "Unauthorized", "Unauthorized");
}
