using System.Text;

namespace LabOrchestrator.Server.Users;

/// <summary>Name and password of an <c>Authorization: Basic</c> header (RFC 7617).</summary>
/// <param name="Name">The part before the first colon.</param>
/// <param name="Password">The rest.</param>
internal sealed record BasicCredentials(string Name, string Password)
{
    private const string Scheme = "Basic ";

    /// <summary>What to answer with 401.</summary>
    public const string Challenge = "Basic realm=\"Lab Orchestrator\", charset=\"UTF-8\"";

    /// <summary>Reads the header; null when there is none, or it is broken.</summary>
    public static BasicCredentials? From(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || header.Length > 2048)
        {
            return null;
        }

        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Scheme.Length..].Trim(), bytes, out var length))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : new BasicCredentials(text[..colon], text[(colon + 1)..]);
    }
}
