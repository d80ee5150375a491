using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Users;
using Microsoft.Extensions.Localization;

namespace LabOrchestrator.Server.Pages;

/// <summary>What people do with their own account.</summary>
internal static class ProfileForms
{
    /// <summary>Where a request keeps the secret of a token it has just made.</summary>
    public const string NewSecretKey = "new-token-secret";

    private const string Back = "/profile";
    private const int LongestTokenName = 64;

    /// <summary>Maps what the forms post to.</summary>
    public static void MapProfileForms(this IEndpointRouteBuilder endpoints)
    {
        var group = PageForms.Group(endpoints);
        group.RequireAuthorization();
        group.MapPost("/profile/password", ChangePasswordAsync);
        group.MapPost("/profile/tokens", CreateTokenAsync);
        group.MapPost("/profile/tokens/{id:long}/revoke", RevokeAsync);
    }

    private static async Task<IResult> ChangePasswordAsync(
        HttpContext context, Caller caller, Accounts accounts, PasswordSignIn signIn, IStringLocalizer<Texts> texts)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var current = form["current"].ToString();

        // The throttle also stands before a stolen session that guesses the password.
        var answer = await signIn.CheckAsync(caller.Name, current, context.Connection.RemoteIpAddress, context.RequestAborted);
        if (answer is SignInAnswer.TryLater)
        {
            return PageForms.Problem(texts["SignIn.Problem.later"], Back, StatusCodes.Status429TooManyRequests);
        }

        if (answer is SignInAnswer.Wrong || await accounts.FindAsync(caller.Id) is not { } user)
        {
            return PageForms.Problem(texts["Profile.NotCurrent"], Back, StatusCodes.Status400BadRequest);
        }

        if (await accounts.ChangePasswordAsync(user, current, form["new"].ToString()) is not AccountResult.Done)
        {
            return PageForms.Problem(AccountTexts.PasswordRule(texts), Back, StatusCodes.Status400BadRequest);
        }

        // The change ended every session, this one too.
        await Sessions.SignInAsync(context, user);
        return TypedResults.LocalRedirect("/profile?changed=true");
    }

    private static async Task<IResult> CreateTokenAsync(HttpContext context, Caller caller, AccessTokens tokens, IStringLocalizer<Texts> texts)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var name = form["name"].ToString().Trim();
        if (name.Length is 0 or > LongestTokenName || name.Any(char.IsControl))
        {
            return PageForms.Problem(texts["Profile.TokenNameRule", LongestTokenName], Back, StatusCodes.Status400BadRequest);
        }

        var (secret, _) = await tokens.IssueAsync(caller.Id, name, AccessTokenScope.Api, AccessTokens.UsualLifetime, context.RequestAborted);
        context.Items[NewSecretKey] = secret;
        context.Response.Headers.CacheControl = "no-store";
        return PageForms.Page<ProfilePage>(StatusCodes.Status200OK);
    }

    private static async Task<IResult> RevokeAsync(long id, Caller caller, AccessTokens tokens, CancellationToken cancellationToken) =>
        await tokens.RevokeAsync(caller.Id, id, cancellationToken) ? TypedResults.LocalRedirect("/profile") : TypedResults.NotFound();
}
