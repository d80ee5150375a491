using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>A request that can be sent again.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Path">Path and query below the server's address.</param>
/// <param name="Body">The body, or null.</param>
/// <param name="ContentType">Its type.</param>
internal sealed record ApiRequest(HttpMethod Method, string Path, byte[]? Body = null, string ContentType = ApiRequest.Json)
{
    public const string Json = "application/json";
    public const string Apply = "application/apply-patch+yaml";
    public const string MergePatch = "application/merge-patch+json";

    /// <summary>How messages call it, when that is not the verb.</summary>
    public string? Name { get; init; }

    public static ApiRequest Get(string path) => new(HttpMethod.Get, path);

    public static ApiRequest With(HttpMethod method, string path, JsonObject? body, string contentType = Json) =>
        new(method, path, body is null ? null : System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()), contentType);

    /// <summary>Verb and path for a person: the query may be long.</summary>
    public override string ToString() => $"{Name ?? Method.Method} {(Path.IndexOf('?', StringComparison.Ordinal) is var at and >= 0 ? Path[..at] : Path)}";

    public HttpRequestMessage ToMessage(Uri server)
    {
        var message = new HttpRequestMessage(Method, Address(server));
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body) { Headers = { ContentType = new MediaTypeHeaderValue(ContentType) } };
        }

        return message;
    }

    /// <summary>The same with the scheme of WebSockets.</summary>
    public Uri SocketAddress(Uri server)
    {
        var address = Address(server).AbsoluteUri;
        return new Uri("ws" + address["http".Length..]);
    }

    // The server's address may end in a path of its own, as behind Rancher.
    private Uri Address(Uri server) => new(server.GetLeftPart(UriPartial.Path).TrimEnd('/') + Path);
}
