using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>
/// The cookie with a session's secret on the host of one port. Frames of our page have cookies of another site there; browsers take them
/// only with <c>Secure</c>, and keep them apart for each page around the frame.
/// </summary>
internal static class OwnCookie
{
    /// <summary>The secret that a request brings; null for none.</summary>
    public static string? Read(HttpRequest request) => request.Cookies[NameFor(request)];

    /// <summary>Gives a browser a secret.</summary>
    public static void Write(HttpResponse response, string secret)
    {
        var request = response.HttpContext.Request;
        var isSecure = IsSecure(request);
        var options = new CookieOptions
        {
            HttpOnly = true,
            Path = "/",
            MaxAge = WebSessions.Lifetime,
            Secure = isSecure,
            SameSite = isSecure ? SameSiteMode.None : SameSiteMode.Lax,
        };
        if (isSecure)
        {
            options.Extensions.Add("Partitioned");
        }

        response.Cookies.Append(NameFor(request), secret, options);
    }

    /// <summary>Whether the browser takes secure cookies; it does so over plain HTTP too where the server is on its own machine.</summary>
    public static bool IsSecure(HttpRequest request) => request.IsHttps || request.Host.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    private static string NameFor(HttpRequest request) => request.IsHttps ? "__Host-" + OwnSecrets.SessionCookie : OwnSecrets.SessionCookie;
}
