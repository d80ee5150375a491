using System.Collections.Frozen;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>Which headers of a machine's answer come to the browser, and what is added, so that its page stays where it is.</summary>
internal static class ResponseRules
{
    /// <summary>
    /// What a page is locked into where it has no host of its own: without an origin it is nobody to our pages, and has no storage.
    /// </summary>
    public const string Sandbox = "sandbox allow-scripts allow-forms allow-modals allow-popups allow-downloads allow-pointer-lock";

    // They would reach beyond the machine's own host: to all hosts of the domain, to other ports, to reporters of its choice.
    private static readonly FrozenSet<string> NotForBrowsers = new[]
    {
        "Clear-Site-Data", HeaderNames.AltSvc, HeaderNames.StrictTransportSecurity, "Public-Key-Pins", "Public-Key-Pins-Report-Only", "Expect-CT",
        "NEL", "Report-To", HeaderNames.XFrameOptions, HeaderNames.Via,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // On our own host they would speak for us.
    private static readonly FrozenSet<string> NotOnOurHost = new[]
    {
        HeaderNames.SetCookie, HeaderNames.WWWAuthenticate, "Service-Worker-Allowed", "Speculation-Rules", "Cross-Origin-Opener-Policy",
        "Cross-Origin-Embedder-Policy", "Cross-Origin-Resource-Policy", "Origin-Agent-Cluster", "Referrer-Policy", "Accept-CH", "Critical-CH",
        "Supports-Loading-Mode", "Reporting-Endpoints", "Timing-Allow-Origin",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Copies the headers of an answer.</summary>
    /// <param name="from">The machine's answer.</param>
    /// <param name="to">Ours.</param>
    /// <param name="place">Where the page is.</param>
    /// <param name="page">Origin of the page that may show it in a frame.</param>
    public static void Copy(HttpResponseMessage from, HttpResponse to, WebPlace place, string page)
    {
        var named = RequestRules.NamedBy(from.Headers.Connection);
        foreach (var (name, values) in from.Headers.NonValidated.Concat(from.Content.Headers.NonValidated))
        {
            if (RequestRules.OfTheConnection.Contains(name) || NotForBrowsers.Contains(name) || named.Contains(name)
                || (place is WebPlace.Path && (NotOnOurHost.Contains(name) || name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))))
            {
                continue;
            }

            foreach (var value in values)
            {
                if (Rewritten(name, value, to.HttpContext.Request, place) is { } kept && IsText(kept))
                {
                    to.Headers.Append(name, kept);
                }
            }
        }

        if (place is WebPlace.Path)
        {
            LockIn(to);
        }
        else
        {
            to.Headers.Append(HeaderNames.ContentSecurityPolicy, $"frame-ancestors 'self' {page}");
            to.Headers["Origin-Agent-Cluster"] = "?1";
        }
    }

    /// <summary>Adds what keeps a page on our own host from being one of ours.</summary>
    public static void LockIn(HttpResponse response)
    {
        response.Headers.Append(HeaderNames.ContentSecurityPolicy, Sandbox);
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";

        // Such a page asks as a stranger, also for its own files. Only who knows the secret in the path gets them, and no cookie counts.
        response.Headers.AccessControlAllowOrigin = "*";
        response.Headers.AccessControlExposeHeaders = "*";
    }

    private static string? Rewritten(string name, string value, HttpRequest request, WebPlace place) => name.ToLowerInvariant() switch
    {
        "set-cookie" => CookieOfItsHost(value, request),
        "content-security-policy" => WithoutFrameAncestors(value),
        "location" or "content-location" or "refresh" when place is WebPlace.Path => WebLocation.BelowPrefix(value, request, place),
        "location" or "content-location" => WebLocation.OnItsHost(value, request, place),
        _ => value,
    };

    // Without a domain a cookie belongs to the host that set it. In our frame it is one of another site, which browsers take as they take
    // ours; that it then goes along with requests of other pages does no harm, since those are refused.
    private static string? CookieOfItsHost(string value, HttpRequest request)
    {
        var parts = value.Split(';');
        if (OwnSecrets.IsOurCookie(parts[0].Split('=')[0].Trim()))
        {
            return null;
        }

        var isSecure = OwnCookie.IsSecure(request);
        var kept = parts.Where((p, i) => i == 0 || !IsReplaced(p.AsSpan().Trim(), isSecure));
        return string.Join(';', kept) + (isSecure ? "; Secure; SameSite=None; Partitioned" : "");
    }

    private static bool IsReplaced(ReadOnlySpan<char> attribute, bool isSecure) =>
        attribute.StartsWith("Domain", StringComparison.OrdinalIgnoreCase)
        || (isSecure && (attribute.StartsWith("SameSite", StringComparison.OrdinalIgnoreCase)
            || attribute.Equals("Secure", StringComparison.OrdinalIgnoreCase)
            || attribute.Equals("Partitioned", StringComparison.OrdinalIgnoreCase)));

    // Who may show the page in a frame is for us to say: our own page does.
    private static string? WithoutFrameAncestors(string value)
    {
        var policies = value.Split(',')
            .Select(policy => string.Join(';', policy.Split(';').Where(d => !d.TrimStart().StartsWith("frame-ancestors", StringComparison.OrdinalIgnoreCase))))
            .Where(policy => policy.AsSpan().Trim(" ;").Length > 0);
        return string.Join(',', policies) is { Length: > 0 } kept ? kept : null;
    }

    private static bool IsText(string value) => !value.AsSpan().ContainsAny('\r', '\n', '\0') && value.All(c => c is '\t' or >= ' ' and not '\x7f' and <= 'ÿ');
}
