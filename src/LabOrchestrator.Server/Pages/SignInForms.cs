using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.Pages;

/// <summary>Signing in and out.</summary>
internal static class SignInForms
{
    /// <summary>Maps what the forms post to.</summary>
    public static void MapSignInForms(this IEndpointRouteBuilder endpoints)
    {
        var group = PageForms.Group(endpoints);
        group.MapPost("/sign-in", SignInAsync);
        group.MapPost("/sign-out", SignOutAsync);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, PasswordSignIn signIn)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var answer = await signIn.CheckAsync(
            form["name"].ToString().Trim(), form["password"].ToString(), context.Connection.RemoteIpAddress, context.RequestAborted);
        var returnUrl = form["returnUrl"].ToString();
        var onward = IsOurs(returnUrl) ? returnUrl : "/";
        if (answer is SignInAnswer.Account account)
        {
            await Sessions.SignInAsync(context, account.User);
            return TypedResults.LocalRedirect(onward);
        }

        var problem = answer is SignInAnswer.TryLater ? "later" : "wrong";
        return TypedResults.LocalRedirect($"/sign-in?problem={problem}&returnUrl={Uri.EscapeDataString(onward)}");
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, Sessions sessions)
    {
        await sessions.SignOutAsync(context);
        return TypedResults.LocalRedirect("/sign-in");
    }

    // A path of this host: not another host in the guise of a path (//host, /\host).
    private static bool IsOurs(string url) => url is ['/', .. var rest] && rest is not ['/' or '\\', ..] && !url.Any(char.IsControl);
}
