using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LabOrchestrator.Server.Api;

namespace LabOrchestrator.Server.Users;

/// <summary>Signing in and out with the browser's cookie.</summary>
internal static class SessionEndpoints
{
    public static void MapSession(this IEndpointRouteBuilder api)
    {
        var session = api.MapGroup("/session").WithTags("Session");
        session.MapPost("", SignInAsync).AllowAnonymous().WithName("SignIn").WithSummary("Signs in; the answer sets the session's cookie.")
            .Answers<AccountAnswer>(200).MayBe(400, 401, 403, 429);
        session.MapDelete("", SignOutAsync).WithName("SignOut").WithSummary("Signs out and closes the account's consoles.").Answers(204);
    }

    /// <summary>429, with the time to wait.</summary>
    public static IResult TryLater(HttpContext context, SignInAnswer.TryLater later)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(later.After.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.RetryAfter = seconds;
        return TypedResults.Problem(
            $"There were too many wrong passwords from your address. Try again in {seconds} seconds.", statusCode: StatusCodes.Status429TooManyRequests);
    }

    private static async Task<IResult> SignInAsync(SignInRequest request, HttpContext context, PasswordSignIn signIn)
    {
        var answer = await signIn.CheckAsync(request.Name!, request.Password!, context.Connection.RemoteIpAddress, context.RequestAborted);
        switch (answer)
        {
            case SignInAnswer.Account account:
                await Sessions.SignInAsync(context, account.User);
                return TypedResults.Ok(AccountAnswers.Of(account.User));
            case SignInAnswer.TryLater later:
                return TryLater(context, later);
            default:
                return TypedResults.Problem("Name or password is wrong.", statusCode: StatusCodes.Status401Unauthorized);
        }
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, Sessions sessions)
    {
        await sessions.SignOutAsync(context);
        return TypedResults.NoContent();
    }
}

/// <summary>A name and a password.</summary>
public sealed record SignInRequest
{
    /// <summary>The account's name.</summary>
    [Required]
    [StringLength(AccountRules.MaximumNameLength)]
    public string? Name { get; init; }

    /// <summary>Its password.</summary>
    [Required]
    [StringLength(AccountRules.MaximumPasswordLength)]
    public string? Password { get; init; }
}
