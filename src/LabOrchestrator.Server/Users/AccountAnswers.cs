using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Api;

namespace LabOrchestrator.Server.Users;

/// <summary>Accounts and what came of them, as answers.</summary>
internal static class AccountAnswers
{
    public static AccountAnswer Of(User user) => new(
        user.Id,
        user.UserName ?? "",
        user.DisplayName.Length > 0 ? user.DisplayName : user.UserName ?? "",
        RoleNames.Of(user.Roles),
        user.IsClosed,
        user.CreatedAt);

    /// <summary>The answer to a result; what to say when it is done is the endpoint's.</summary>
    public static IResult Of(AccountResult result, Func<User, IResult> done) => result switch
    {
        AccountResult.Done d => done(d.User),
        AccountResult.Invalid i => Problems.Invalid(i.Field, i.Reason),
        AccountResult.Conflict c => Problems.Conflict(c.Reason),
        _ => Problems.NotFound("There is no such user."),
    };
}
