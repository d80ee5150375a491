using System.Text.Encodings.Web;
using LabOrchestrator.Postgres.Users;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace LabOrchestrator.Server.Users;

/// <summary>Reads <c>Authorization: Bearer</c> with a personal token.</summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, AccessTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "Token";

    private const string Prefix = "Bearer ";

    /// <summary>Whether a request carries a token.</summary>
    public static bool IsMeantFor(HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!IsMeantFor(Request))
        {
            return AuthenticateResult.NoResult();
        }

        var secret = Request.Headers.Authorization.ToString()[Prefix.Length..].Trim();
        return await tokens.FindOwnerAsync(secret, AccessTokenScope.Api, Context.RequestAborted) is { } user
            ? AuthenticateResult.Success(new AuthenticationTicket(Caller.PrincipalOf(user, Scheme.Name), Scheme.Name))
            : AuthenticateResult.Fail("The token is unknown, revoked or expired.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }
}
