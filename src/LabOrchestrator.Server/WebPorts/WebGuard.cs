using LabOrchestrator.Server.Gateway;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>
/// Keeps the page of one machine from using what a browser knows of another: all hosts of web ports are one site for browsers, so that
/// cookies go along with whatever asks. Only a port's own pages, and people, ask for what is behind its cookie.
/// </summary>
internal static class WebGuard
{
    /// <summary>What to do with a request.</summary>
    public enum Verdict
    {
        /// <summary>Let it through.</summary>
        Pass,

        /// <summary>A page elsewhere led the browser here: the person says whether that is wanted.</summary>
        Ask,

        /// <summary>A page elsewhere asks for something.</summary>
        Refuse,
    }

    /// <summary>Looks at a request that a browser proves by a cookie.</summary>
    public static Verdict OfHost(HttpRequest request)
    {
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site))
        {
            return site.ToString() is "same-origin" or "none" ? WebSocketVerdict(request)
                : IsNavigation(request) && HttpMethods.IsGet(request.Method) ? Verdict.Ask
                : Verdict.Refuse;
        }

        return BrowserUpgrade.IsSameOrigin(request) ? Verdict.Pass : Verdict.Refuse;
    }

    /// <summary>
    /// Looks at a request below our own host. Its page has no origin; a request of our origin for something else than a page would make
    /// the machine's file a part of ours.
    /// </summary>
    public static Verdict OfPath(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] == "same-origin" && !IsNavigation(request) ? Verdict.Refuse : Verdict.Pass;

    // Browsers say where a socket comes from in Origin, always; those that say it twice have to say the same.
    private static Verdict WebSocketVerdict(HttpRequest request) =>
        request.Headers.ContainsKey(HeaderNames.SecWebSocketVersion) && !BrowserUpgrade.IsSameOrigin(request) ? Verdict.Refuse : Verdict.Pass;

    private static bool IsNavigation(HttpRequest request) => request.Headers["Sec-Fetch-Mode"] == "navigate";
}
