using System.Net.Http.Headers;

namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>
/// Act as somebody else, with their rights and no more. Only one group can be told: the framework joins a header's values with
/// commas, which the API server takes for one strange group.
/// </summary>
/// <param name="User">The user's name.</param>
/// <param name="Group">The user's group beside <c>system:authenticated</c>, or null for those that the API server knows by itself.</param>
internal sealed record Impersonation(string User, string? Group = null)
{
    public string? Uid { get; init; }

    /// <summary>Further facts, by key.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();

    /// <summary>A service account; the API server adds its groups.</summary>
    public static Impersonation ServiceAccount(string @namespace, string name) => new($"system:serviceaccount:{@namespace}:{name}");

    /// <summary>Name and value of each header.</summary>
    public IEnumerable<(string Name, string Value)> Headers()
    {
        yield return ("Impersonate-User", User);
        if (Uid is not null)
        {
            yield return ("Impersonate-Uid", Uid);
        }

        if (Group is not null)
        {
            yield return ("Impersonate-Group", Group);
        }

        foreach (var (key, value) in Extra)
        {
            yield return ($"Impersonate-Extra-{Uri.EscapeDataString(key)}", value);
        }
    }

    public void WriteTo(HttpRequestHeaders headers)
    {
        foreach (var (name, value) in Headers())
        {
            headers.TryAddWithoutValidation(name, value);
        }
    }
}
