using System.Globalization;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>Users and tokens of the prototype.</summary>
internal static class PrototypeUsers
{
    public static void MapPrototypeUsers(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/users", AddAsync).AllowAnonymous();
        routes.MapGet("/api/users/{id:long}", FindAsync);
        routes.MapGet("/api/token", IssueAsync);
    }

    private static async Task<IResult> AddAsync(PrototypeParameters parameters, PrototypeAccounts accounts)
    {
        var name = parameters.Text("username", AccountRules.MaximumNameLength);
        var password = parameters.Text("password", AccountRules.MaximumPasswordLength);
        if (name.Length > 0 && !AccountRules.IsName(name))
        {
            parameters.Add("username", $"The name must be {AccountRules.NameMeaning}.");
        }

        if (password.Length < PrototypeAccounts.MinimumPasswordLength)
        {
            parameters.Add("password", $"The password must have at least {PrototypeAccounts.MinimumPasswordLength} characters.");
        }

        return parameters.Problem is { } problem
            ? problem
            : AccountAnswers.Of(await accounts.AddAsync(name, password), user => TypedResults.Created($"/api/users/{user.Id}", AnswerOf(user)));
    }

    private static async Task<IResult> FindAsync(long id, Caller caller, Rights rights, UserManager<User> users) =>
        rights.Deny(caller, LabAction.SeeAccount, id) is { } denied ? denied
        : await users.FindByIdAsync(id.ToString(CultureInfo.InvariantCulture)) is { } user ? TypedResults.Ok(AnswerOf(user))
        : Problems.NotFound($"There is no user {id}.");

    private static async Task<IResult> IssueAsync(HttpRequest request, Caller caller, AccessTokens tokens, CancellationToken cancellationToken)
    {
        // Else a token that got lost would live for ever.
        if (PrototypeAuthentication.IsByToken(request))
        {
            return Problems.Forbidden("A token makes no tokens. Ask with name and password.");
        }

        var (secret, _) = await tokens.IssueAsync(
            caller.Id, "prototype", AccessTokenScope.Prototype, AccessTokens.PrototypeLifetime, cancellationToken);
        return TypedResults.Ok(new { duration = (int)AccessTokens.PrototypeLifetime.TotalSeconds, token = secret });
    }

    private static object AnswerOf(User user) => new { id = user.Id, username = user.UserName, admin = user.Roles.HasFlag(UserRoles.Admin) };
}
