using System.Text;
using LabOrchestrator.Server.Pages;
using LabOrchestrator.Server.Users;
using Microsoft.Extensions.Primitives;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>Tells our cookies and tokens from those of machines, which may have any others.</summary>
internal static class OwnSecrets
{
    /// <summary>Name of the cookie with a session's secret, on the port's own host; with TLS <c>__Host-</c> comes before it.</summary>
    public const string SessionCookie = "lab-port";

    private static readonly string[] Names = [AccountServices.CookieName, PageServices.AntiforgeryCookie, SessionCookie];
    private static readonly string[] Prefixes = ["__Host-", "__Secure-", "__Http-", "__HostHttp-"];

    /// <summary>Whether a cookie of that name is ours, or can be taken for it. Long ones come in parts with a longer name.</summary>
    public static bool IsOurCookie(ReadOnlySpan<char> name)
    {
        foreach (var prefix in Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                name = name[prefix.Length..];
                break;
            }
        }

        foreach (var ours in Names)
        {
            if (name.StartsWith(ours, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The header <c>Cookie</c> without ours; null when nothing is left.</summary>
    public static string? WithoutOurCookies(StringValues header)
    {
        var kept = new StringBuilder();
        foreach (var line in header)
        {
            foreach (var range in line.AsSpan().Split(';'))
            {
                var cookie = line.AsSpan()[range].Trim();
                var equals = cookie.IndexOf('=');
                if (cookie.Length > 0 && !IsOurCookie((equals < 0 ? cookie : cookie[..equals]).Trim()))
                {
                    kept.Append(kept.Length > 0 ? "; " : "").Append(cookie);
                }
            }
        }

        return kept.Length > 0 ? kept.ToString() : null;
    }

    /// <summary>Whether <c>Authorization</c> carries one of our tokens.</summary>
    public static bool IsOurAuthorization(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        var token = header[(header.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim();
        return AccessTokens.CanBe(token)
            || (BasicCredentials.From(request) is { } basic && (AccessTokens.CanBe(basic.Name) || AccessTokens.CanBe(basic.Password)));
    }
}
