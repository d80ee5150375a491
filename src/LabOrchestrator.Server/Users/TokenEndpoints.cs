using System.ComponentModel.DataAnnotations;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Api;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace LabOrchestrator.Server.Users;

/// <summary>Personal tokens, for programs.</summary>
internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder api)
    {
        var tokens = api.MapGroup("/tokens").WithTags("Tokens");
        tokens.MapPost("", IssueAsync).AllowAnonymous().WithName("IssueToken")
            .WithSummary("Makes a personal token, for Basic authentication or a session. The secret is answered once.")
            .Answers<NewTokenAnswer>(201).MayBe(400, 401, 429);
        tokens.MapGet("", ListAsync).WithName("ListTokens").WithSummary("The personal tokens of the account that asks, newest first.");
        tokens.MapDelete("/{id:long}", RevokeAsync).WithName("RevokeToken").WithSummary("Revokes a personal token.").Answers(204).MayBe(404);
    }

    private static async Task<IResult> IssueAsync(
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] TokenRequest? request,
        HttpContext context,
        PasswordSignIn signIn,
        AccessTokens tokens)
    {
        long userId;
        if (BasicCredentials.From(context.Request) is { } basic)
        {
            var answer = await signIn.CheckAsync(basic.Name, basic.Password, context.Connection.RemoteIpAddress, context.RequestAborted);
            if (answer is not SignInAnswer.Account account)
            {
                return answer is SignInAnswer.TryLater later
                    ? SessionEndpoints.TryLater(context, later)
                    : Challenge(context, "Name or password is wrong.");
            }

            userId = account.User.Id;
        }
        else if (context.User.Identity is { IsAuthenticated: true, AuthenticationType: Sessions.SchemeName })
        {
            userId = Caller.From(context.User)!.Id;
        }
        else
        {
            return Challenge(context, "Give name and password of an account by Basic authentication.");
        }

        var lifetime = request?.Days is { } days ? TimeSpan.FromDays(days) : AccessTokens.UsualLifetime;
        var (secret, token) = await tokens.IssueAsync(
            userId, string.IsNullOrWhiteSpace(request?.Name) ? "token" : request.Name, AccessTokenScope.Api, lifetime, context.RequestAborted);
        return TypedResults.Created($"/api/v1/tokens/{token.Id}", new NewTokenAnswer(secret, token.ExpiresAt, token.Id, token.Name));
    }

    private static async Task<Ok<IReadOnlyList<TokenAnswer>>> ListAsync(Caller caller, AccessTokens tokens, CancellationToken cancellationToken) =>
        TypedResults.Ok<IReadOnlyList<TokenAnswer>>([.. (await tokens.ListAsync(caller.Id, cancellationToken))
            .Select(t => new TokenAnswer(t.Id, t.Name, t.CreatedAt, t.ExpiresAt, t.LastUsedAt))]);

    private static async Task<IResult> RevokeAsync(long id, Caller caller, AccessTokens tokens, CancellationToken cancellationToken) =>
        await tokens.RevokeAsync(caller.Id, id, cancellationToken) ? TypedResults.NoContent() : Problems.NotFound($"You have no token {id}.");

    private static ProblemHttpResult Challenge(HttpContext context, string detail)
    {
        context.Response.Headers.WWWAuthenticate = BasicCredentials.Challenge;
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status401Unauthorized);
    }
}

/// <summary>What a new token should be like.</summary>
public sealed record TokenRequest
{
    /// <summary>What its owner calls it.</summary>
    [StringLength(100)]
    [OneLine]
    public string? Name { get; init; }

    /// <summary>Days that it works, 1 to 366; by default 30.</summary>
    [Range(1, 366)]
    public int? Days { get; init; }
}

/// <summary>A new token.</summary>
/// <param name="Token">The secret, for <c>Authorization: Bearer</c>.</param>
/// <param name="ExpiresAt">From then on it is worth nothing (UTC).</param>
/// <param name="Id">By which it is revoked.</param>
/// <param name="Name">What its owner calls it.</param>
public sealed record NewTokenAnswer(string Token, DateTimeOffset ExpiresAt, long Id, string Name);

/// <summary>A token in a list.</summary>
/// <param name="Id">By which it is revoked.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
/// <param name="ExpiresAt">From then on it is worth nothing (UTC).</param>
/// <param name="LastUsedAt">When it was last used (UTC), to the minute; null for never.</param>
public sealed record TokenAnswer(long Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt);
