using LabOrchestrator.Server.Configuration;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>
/// The routes of the prototype of 2021, on the same services as <c>/api/v1</c>, for those who have scripts for them. They are described
/// in <c>docs/reference/prototype-api.md</c>; nothing new comes here.
/// </summary>
internal static class PrototypeEndpoints
{
    private static readonly AuthorizationPolicy BasicAlone =
        new AuthorizationPolicyBuilder(PrototypeAuthentication.SchemeName).RequireAuthenticatedUser().Build();

    /// <summary>Adds what the routes need.</summary>
    public static void AddPrototypeApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, PrototypeAuthentication>(PrototypeAuthentication.SchemeName, null);
        builder.Services.AddScoped<PrototypeAccounts>();
    }

    /// <summary>Maps the routes where they are to be served.</summary>
    public static void MapPrototypeApi(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<Settings>().ServesPrototypeApi)
        {
            return;
        }

        var routes = app.MapGroup("").RequireAuthorization(BasicAlone).ExcludeFromDescription().AddEndpointFilter(RefusePagesAsync);
        routes.MapPrototypeUsers();
        routes.MapPrototypeImages();
        routes.MapPrototypeLabs();
        routes.MapPrototypeInstances();
        app.MapPrototypeConsole();
    }

    // No page of ours uses these routes, so a page that does is somebody else's.
    private static ValueTask<object?> RefusePagesAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        return HttpMethods.IsGet(request.Method) || (request.Headers.Origin.Count == 0 && !request.Headers.ContainsKey("Sec-Fetch-Site"))
            ? next(context)
            : ValueTask.FromResult<object?>(TypedResults.Problem(
                "These routes are for programs, not for pages in a browser. Pages use /api/v1.", statusCode: StatusCodes.Status403Forbidden));
    }
}
