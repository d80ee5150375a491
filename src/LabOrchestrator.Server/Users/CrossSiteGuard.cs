using LabOrchestrator.Server.Gateway;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Users;

/// <summary>
/// Keeps pages of other hosts, and of machines in labs, which browsers may count as the same site, from using the sign-in of their visitors
/// at the API. A call that changes something and is authenticated by what browsers send by themselves (cookie, Basic) has to show that a page
/// of this host makes it. Other pages could not read what they ask for; they are not answered at all.
/// </summary>
internal static class CrossSiteGuard
{
    /// <summary>Guards the paths of the API.</summary>
    public static IApplicationBuilder UseCrossSiteGuard(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        if (!request.Path.StartsWithSegments("/api/v1") || TokenAuthentication.IsMeantFor(request))
        {
            await next(context);
            return;
        }

        var evidence = Look(request);
        var isSession = context.User.Identity is { IsAuthenticated: true, AuthenticationType: Sessions.SchemeName };
        var isRefused = IsSafe(request.Method)
            ? evidence == Evidence.OtherSite && !IsLink(request)
            : evidence == Evidence.OtherSite || (evidence == Evidence.None && isSession);
        await (isRefused ? Refusal().ExecuteAsync(context) : next(context));
    });

    private static ProblemHttpResult Refusal() => TypedResults.Problem(
        "Calls are taken from pages of this host only. Other programs use a personal token (Authorization: Bearer).",
        statusCode: StatusCodes.Status403Forbidden);

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    // A person who follows a link in a tab sees the answer; the page that has the link does not.
    private static bool IsLink(HttpRequest request) => request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document";

    private static Evidence Look(HttpRequest request)
    {
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site))
        {
            return site.ToString() is "same-origin" or "none" ? Evidence.ThisHost : Evidence.OtherSite;
        }

        return request.Headers.Origin.Count == 0 ? Evidence.None : BrowserUpgrade.IsSameOrigin(request) ? Evidence.ThisHost : Evidence.OtherSite;
    }

    private enum Evidence
    {
        None,
        ThisHost,
        OtherSite,
    }
}
