using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Pages;

/// <summary>What people do with their own account.</summary>
internal static class ProfileForms
{
    /// <summary>Where a request keeps the secret of a token it has just made.</summary>
    public const string NewSecretKey = "new-token-secret";

    /// <summary>Maps what the forms post to.</summary>
    public static void MapProfileForms(this IEndpointRouteBuilder endpoints)
    {
        var group = PageForms.Group(endpoints);
        group.RequireAuthorization();
        group.MapPost("/profile/password", ChangePasswordAsync);
        group.MapPost("/profile/tokens", CreateTokenAsync);
        group.MapPost("/profile/tokens/{id:long}/revoke", RevokeAsync);
    }

    private static async Task<IResult> ChangePasswordAsync(HttpContext context, Caller caller, UserManager<User> users)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var user = (await users.FindByNameAsync(caller.Name))!;
        var result = await users.ChangePasswordAsync(user, form["current"].ToString(), form["new"].ToString());
        if (!result.Succeeded)
        {
            return PageForms.Problem(string.Join(' ', result.Errors.Select(e => e.Description)), "/profile", StatusCodes.Status400BadRequest);
        }

        // The change ended every session, this one too.
        await Sessions.SignInAsync(context, user);
        return TypedResults.LocalRedirect("/profile?changed=true");
    }

    private static async Task<IResult> CreateTokenAsync(HttpContext context, Caller caller, AccessTokens tokens)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var name = form["name"].ToString().Trim();
        if (name.Length is 0 or > 64)
        {
            return PageForms.Problem("A token needs a name of 1 to 64 characters.", "/profile", StatusCodes.Status400BadRequest);
        }

        var (secret, _) = await tokens.IssueAsync(caller.Id, name, AccessTokenScope.Api, AccessTokens.UsualLifetime, context.RequestAborted);
        context.Items[NewSecretKey] = secret;
        context.Response.Headers.CacheControl = "no-store";
        return PageForms.Page<ProfilePage>(StatusCodes.Status200OK);
    }

    private static async Task<IResult> RevokeAsync(long id, Caller caller, AccessTokens tokens, CancellationToken cancellationToken) =>
        await tokens.RevokeAsync(caller.Id, id, cancellationToken) ? TypedResults.LocalRedirect("/profile") : TypedResults.NotFound();
}
