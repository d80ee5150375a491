using System.Collections.Frozen;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>Which headers of a browser's request come to a machine, and which it gets from us.</summary>
internal static class RequestRules
{
    /// <summary>Headers of one connection, which never go on to the next (RFC 9110 7.6.1).</summary>
    public static readonly FrozenSet<string> OfTheConnection = new[]
    {
        HeaderNames.Connection, HeaderNames.ProxyConnection, HeaderNames.KeepAlive, HeaderNames.TE, HeaderNames.Trailer,
        HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization,
        "Proxy-Authentication-Info", "HTTP2-Settings",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Who visits, and from where, is no concern of a machine; what a proxy says is said by us.
    private static readonly FrozenSet<string> NotForMachines = new[]
    {
        HeaderNames.Host, HeaderNames.Cookie, HeaderNames.Expect, HeaderNames.Via, "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP",
        "CF-Connecting-IP", HeaderNames.MaxForwards, HeaderNames.AltSvc,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Copies the headers of a request.</summary>
    public static void Copy(HttpRequest from, HttpRequestMessage to, WebPlace place)
    {
        var named = NamedBy(from.Headers.Connection);
        foreach (var (name, values) in from.Headers)
        {
            if (name.StartsWith(':') || OfTheConnection.Contains(name) || NotForMachines.Contains(name) || named.Contains(name) || IsOfProxies(name))
            {
                continue;
            }

            if (!IsKeptBack(name, from, place) && !to.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                to.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        to.Headers.Host = from.Host.Value;
        to.Headers.TryAddWithoutValidation("X-Forwarded-Host", from.Host.Value);
        to.Headers.TryAddWithoutValidation("X-Forwarded-Proto", from.Scheme);
        if (place is WebPlace.Path path)
        {
            to.Headers.TryAddWithoutValidation("X-Forwarded-Prefix", path.Prefix);
        }
        else if (OwnSecrets.WithoutOurCookies(from.Headers.Cookie) is { } cookies)
        {
            to.Headers.TryAddWithoutValidation(HeaderNames.Cookie, cookies);
        }
    }

    /// <summary>The headers that <c>Connection</c> names.</summary>
    public static HashSet<string> NamedBy(IEnumerable<string?> connection) => new(
        connection.SelectMany(c => (c ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        StringComparer.OrdinalIgnoreCase);

    private static bool IsOfProxies(string name) =>
        name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase);

    private static bool IsKeptBack(string name, HttpRequest request, WebPlace place)
    {
        if (name.Equals(HeaderNames.Authorization, StringComparison.OrdinalIgnoreCase))
        {
            // On our own host a browser adds by itself what it knows of us.
            return OwnSecrets.IsOurAuthorization(request)
                || (place is WebPlace.Path && request.Headers.Authorization.ToString().StartsWith("Basic", StringComparison.OrdinalIgnoreCase));
        }

        // A page that is locked in has the origin "null", and its address holds a secret.
        return place is WebPlace.Path
            && (name.Equals(HeaderNames.Origin, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.Referer, StringComparison.OrdinalIgnoreCase));
    }
}
