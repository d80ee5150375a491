using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace LabOrchestrator.Server.Users;

/// <summary>Accounts, sign-in and rights.</summary>
internal static class AccountServices
{
    /// <summary>Name of the session's cookie; with TLS <c>__Host-</c> comes before it.</summary>
    public const string CookieName = "lab-session";

    private const string EitherScheme = "SessionOrToken";
    private static readonly TimeSpan SessionLifetime = TimeSpan.FromHours(12);

    /// <summary>Adds them.</summary>
    public static void AddAccounts(this WebApplicationBuilder builder, Settings settings)
    {
        var services = builder.Services;
        services.AddIdentityCore<User>(o =>
        {
            o.Password.RequiredLength = AccountRules.MinimumPasswordLength;
            o.Password.RequireDigit = false;
            o.Password.RequireLowercase = false;
            o.Password.RequireUppercase = false;
            o.Password.RequireNonAlphanumeric = false;
            o.Password.RequiredUniqueChars = 2;
            o.Lockout.AllowedForNewUsers = false;
        }).AddPasswordValidator<LongestPassword>();
        services.AddSingleton<Rights>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<PasswordSignIn>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<OpenDoors>();
        services.AddSingleton<Sessions>();
        services.AddScoped<Accounts>();
        services.AddSingleton<IStartStep, AdminAccount>();
        AddSchemes(services, settings.Http.IsSecure);
        services.AddAuthorization();
    }

    /// <summary>Puts sign-in and rights into the pipeline.</summary>
    public static void UseAccounts(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseCrossSiteGuard();
        app.UseAuthorization();
    }

    private static void AddSchemes(IServiceCollection services, bool isSecure) => services
        .AddAuthentication(EitherScheme)
        .AddPolicyScheme(EitherScheme, null, o => o.ForwardDefaultSelector = context =>
            TokenAuthentication.IsMeantFor(context.Request) ? TokenAuthentication.SchemeName : Sessions.SchemeName)
        .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null)
        .AddCookie(Sessions.SchemeName, o =>
        {
            o.Cookie.Name = isSecure ? "__Host-" + CookieName : CookieName;
            o.Cookie.HttpOnly = true;
            o.Cookie.SameSite = SameSiteMode.Lax;
            o.Cookie.SecurePolicy = isSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
            o.Cookie.Path = "/";
            o.ExpireTimeSpan = SessionLifetime;
            o.SlidingExpiration = true;
            o.LoginPath = "/sign-in";
            o.ReturnUrlParameter = "returnUrl";
            o.Events.OnValidatePrincipal = Sessions.ValidateAsync;
            o.Events.OnRedirectToLogin = context => Answer(context, StatusCodes.Status401Unauthorized);
            o.Events.OnRedirectToAccessDenied = context => Answer(context, StatusCodes.Status403Forbidden);
        });

    // Programs get a status, people the page.
    private static Task Answer(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (context.Request.Path.StartsWithSegments("/api"))
        {
            context.Response.StatusCode = status;
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }
        else
        {
            context.Response.Redirect(context.RedirectUri);
        }

        return Task.CompletedTask;
    }
}
