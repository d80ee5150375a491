using System.Text.Encodings.Web;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>Basic authentication by name and password, or by a token of the prototype in place of the name; what stands for the password then is ignored.</summary>
internal sealed class PrototypeAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, PasswordSignIn signIn)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "Prototype";

    private SignInAnswer.TryLater? _tryLater;

    /// <summary>Whether a request brings a token in place of name and password.</summary>
    public static bool IsByToken(HttpRequest request) => BasicCredentials.From(request) is { } basic && AccessTokens.CanBe(basic.Name);

    /// <summary>The open account of a token of the prototype; null when it is none, or has expired.</summary>
    public static Task<User?> UserOfTokenAsync(string secret, HttpContext context) =>
        context.RequestServices.GetRequiredService<AccessTokens>().FindOwnerAsync(secret, AccessTokenScope.Prototype, context.RequestAborted);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (BasicCredentials.From(Request) is not { } basic)
        {
            return AuthenticateResult.NoResult();
        }

        var user = AccessTokens.CanBe(basic.Name) ? await UserOfTokenAsync(basic.Name, Context) : await UserOfPasswordAsync(basic);
        return user is null
            ? AuthenticateResult.Fail("Name and password, or the token, are wrong or too old.")
            : AuthenticateResult.Success(new AuthenticationTicket(Caller.PrincipalOf(user, Scheme.Name), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_tryLater is { } later)
        {
            return SessionEndpoints.TryLater(Context, later).ExecuteAsync(Context);
        }

        Response.Headers.WWWAuthenticate = BasicCredentials.Challenge;
        return TypedResults.Problem(
            "Give name and password of an account, or a token as the name, by Basic authentication.",
            statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(Context);
    }

    private async Task<User?> UserOfPasswordAsync(BasicCredentials basic)
    {
        var answer = await signIn.CheckAsync(basic.Name, basic.Password, Context.Connection.RemoteIpAddress, Context.RequestAborted);
        _tryLater = answer as SignInAnswer.TryLater;
        return (answer as SignInAnswer.Account)?.User;
    }
}
