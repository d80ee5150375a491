using System.Globalization;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Gateway;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Users;

/// <summary>Signs people in and out of the page.</summary>
internal sealed class Sessions(OpenDoors doors)
{
    /// <summary>Name of the scheme of the session's cookie.</summary>
    public const string SchemeName = CookieAuthenticationDefaults.AuthenticationScheme;

    /// <summary>Gives the browser the cookie of an account.</summary>
    public static Task SignInAsync(HttpContext context, User user)
    {
        context.User = Caller.PrincipalOf(user, SchemeName);
        return context.SignInAsync(SchemeName, context.User);
    }

    /// <summary>Takes the cookie away and closes the user's consoles.</summary>
    public async Task SignOutAsync(HttpContext context)
    {
        if (Caller.From(context.User) is { } caller)
        {
            await doors.CloseAsync(caller.Id, ConsoleEnd.SignedOut, context.RequestAborted);
        }

        await context.SignOutAsync(SchemeName);
    }

    /// <summary>Ends a session whose account has closed or changed its password, and takes over changed roles. Asked with each request.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var users = context.HttpContext.RequestServices.GetRequiredService<UserManager<User>>();
        var id = Caller.From(context.Principal!)?.Id ?? 0;
        var user = await users.FindByIdAsync(id.ToString(CultureInfo.InvariantCulture));
        if (user is null or { IsClosed: true } || !Caller.HasStampOf(context.Principal!, user))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(SchemeName);
        }
        else if (!Caller.IsCurrent(context.Principal!, user))
        {
            context.ReplacePrincipal(Caller.PrincipalOf(user, SchemeName));
            context.ShouldRenew = true;
        }
    }
}
