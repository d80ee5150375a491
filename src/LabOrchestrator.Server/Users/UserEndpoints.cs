using System.ComponentModel.DataAnnotations;
using LabOrchestrator.Instances;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Api;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Users;

/// <summary>Accounts, for admins; everybody sees their own.</summary>
internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("Users");
        users.MapGet("", ListAsync).WithName("ListUsers").WithSummary("All accounts, in order of identity; for admins.").MayBe(400, 403);
        users.MapPost("", AddAsync).WithName("AddUser").WithSummary("Makes an account; for admins.").Answers<AccountAnswer>(201).MayBe(400, 403, 409);
        users.MapGet("/{id:long}", FindAsync).WithName("FindUser").WithSummary("An account.").Answers<AccountAnswer>(200).MayBe(404);
        users.MapPatch("/{id:long}", ChangeAsync).WithName("ChangeUser").WithSummary("Changes an account; for admins.")
            .Answers<AccountAnswer>(200).MayBe(400, 403, 404, 409);
        users.MapDelete("/{id:long}", RemoveAsync).WithName("RemoveUser").WithSummary("Removes an account without running labs; for admins.")
            .Answers(204).MayBe(403, 404, 409);
    }

    private static async Task<Results<Ok<Page<AccountAnswer>>, ProblemHttpResult>> ListAsync(
        Caller caller, Rights rights, IUserDirectory directory, CancellationToken cancellationToken, [Range(0, long.MaxValue)] long after = 0, [Range(1, 200)] int limit = 50)
    {
        if (rights.Deny(caller, LabAction.ManageAccounts) is { } denied)
        {
            return denied;
        }

        var found = await directory.ListAsync(after, limit + 1, cancellationToken);
        return TypedResults.Ok(Page<AccountAnswer>.Of([.. found.Select(AccountAnswers.Of)], limit, last => $"/api/v1/users?after={last.Id}&limit={limit}"));
    }

    private static async Task<IResult> AddAsync(NewAccount account, Caller caller, Rights rights, Accounts accounts)
    {
        if (rights.Deny(caller, LabAction.ManageAccounts) is { } denied)
        {
            return denied;
        }

        var password = account.Password ?? CredentialGenerator.NewPassword();
        var result = await accounts.AddAsync(account.Name!, account.DisplayName, password, RoleNames.From(account.Roles ?? []));
        return AccountAnswers.Of(result, user => TypedResults.Created(
            $"/api/v1/users/{user.Id}", AccountAnswers.Of(user) with { Password = account.Password is null ? password : null }));
    }

    private static async Task<IResult> FindAsync(long id, Caller caller, Rights rights, Accounts accounts) =>
        rights.Deny(caller, LabAction.SeeAccount, id) is { } denied ? denied
        : await accounts.FindAsync(id) is { } user ? TypedResults.Ok(AccountAnswers.Of(user))
        : Problems.NotFound($"There is no user {id}.");

    private static async Task<IResult> ChangeAsync(
        long id, AccountChange change, Caller caller, Rights rights, Accounts accounts, CancellationToken cancellationToken) =>
        (rights.Deny(caller, LabAction.SeeAccount, id) ?? rights.Deny(caller, LabAction.ManageAccounts)) is { } denied
            ? denied
            : AccountAnswers.Of(await accounts.ChangeAsync(id, change, cancellationToken), user => TypedResults.Ok(AccountAnswers.Of(user)));

    private static async Task<IResult> RemoveAsync(
        long id, Caller caller, Rights rights, Accounts accounts, CancellationToken cancellationToken) =>
        (rights.Deny(caller, LabAction.SeeAccount, id) ?? rights.Deny(caller, LabAction.ManageAccounts)) is { } denied
            ? denied
            : AccountAnswers.Of(await accounts.RemoveAsync(id, cancellationToken), _ => TypedResults.NoContent());
}
