using LabOrchestrator.Server.Gateway;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Users;

/// <summary>
/// Keeps pages of other sites from using the sign-in of their visitors at the API. A call that changes something and is authenticated by
/// what browsers send by themselves (cookie, Basic) has to show that a page of this host makes it.
/// </summary>
internal static class CrossSiteGuard
{
    /// <summary>Guards the paths of the API.</summary>
    public static IApplicationBuilder UseCrossSiteGuard(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (IsSafe(context.Request.Method) || !context.Request.Path.StartsWithSegments("/api/v1") || TokenAuthentication.IsMeantFor(context.Request))
        {
            await next(context);
            return;
        }

        var evidence = Look(context.Request);
        var isSession = context.User.Identity is { IsAuthenticated: true, AuthenticationType: Sessions.SchemeName };
        if (evidence == Evidence.OtherSite || (evidence == Evidence.None && isSession))
        {
            await Refusal().ExecuteAsync(context);
            return;
        }

        await next(context);
    });

    /// <summary>Whether a page of another site makes a request that changes something.</summary>
    public static bool IsFromOtherSite(HttpRequest request) => !IsSafe(request.Method) && Look(request) == Evidence.OtherSite;

    /// <summary>What to answer then.</summary>
    public static ProblemHttpResult Refusal() => TypedResults.Problem(
        "Calls that change something are taken from pages of this host only. Other programs use a personal token (Authorization: Bearer).",
        statusCode: StatusCodes.Status403Forbidden);

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

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
