using LabOrchestrator.Server.Api;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Users;

/// <summary>One's own account.</summary>
internal static class ProfileEndpoints
{
    public static void MapProfile(this IEndpointRouteBuilder api)
    {
        var me = api.MapGroup("/users/me").WithTags("Users");
        me.MapGet("", FindAsync).WithName("FindMe").WithSummary("The account that asks.");
        me.MapPatch("", ChangeAsync).WithName("ChangeMe").WithSummary("Changes the account that asks.").Answers<AccountAnswer>(200).MayBe(400, 409);
        me.MapPut("/password", ChangePasswordAsync).WithName("ChangeMyPassword")
            .WithSummary("Changes the password of the account that asks; its other sessions end.").Answers(204).MayBe(400, 429);
    }

    private static async Task<Results<Ok<AccountAnswer>, ProblemHttpResult>> FindAsync(Caller caller, Accounts accounts) =>
        await accounts.FindAsync(caller.Id) is { } user
            ? TypedResults.Ok(AccountAnswers.Of(user))
            : Problems.NotFound("The account has been removed.");

    private static async Task<IResult> ChangeAsync(ProfileChange change, Caller caller, Accounts accounts, CancellationToken cancellationToken) =>
        AccountAnswers.Of(
            await accounts.ChangeAsync(caller.Id, new AccountChange { DisplayName = change.DisplayName }, cancellationToken),
            user => TypedResults.Ok(AccountAnswers.Of(user)));

    private static async Task<IResult> ChangePasswordAsync(
        PasswordChange change, HttpContext context, Caller caller, Accounts accounts, PasswordSignIn signIn)
    {
        // The throttle also stands before a stolen session that guesses the password.
        var checkedUser = await signIn.CheckAsync(caller.Name, change.Current!, context.Connection.RemoteIpAddress, context.RequestAborted);
        if (checkedUser is SignInAnswer.TryLater later)
        {
            return SessionEndpoints.TryLater(context, later);
        }

        if (checkedUser is SignInAnswer.Wrong || await accounts.FindAsync(caller.Id) is not { } user)
        {
            return Problems.Invalid("current", "This is not the account's password.");
        }

        var result = await accounts.ChangePasswordAsync(user, change.Current!, change.New!);
        if (result is AccountResult.Done && context.User.Identity?.AuthenticationType == Sessions.SchemeName)
        {
            // The session that changed the password goes on; all others end.
            await Sessions.SignInAsync(context, user);
        }

        return AccountAnswers.Of(result, _ => TypedResults.NoContent());
    }
}
