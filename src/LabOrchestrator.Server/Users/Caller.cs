using System.Globalization;
using System.Security.Claims;
using LabOrchestrator.Postgres.Users;

namespace LabOrchestrator.Server.Users;

/// <summary>Who makes a request. An endpoint that needs authorisation takes it as a parameter.</summary>
/// <param name="Id">The account.</param>
/// <param name="Name">Its name.</param>
/// <param name="Roles">What it may do beyond what every account may.</param>
public sealed record Caller(long Id, string Name, UserRoles Roles)
{
    private const string RolesClaim = "roles";
    private const string StampClaim = "stamp";

    /// <summary>Whether it looks after the installation.</summary>
    public bool IsAdmin => Roles.HasFlag(UserRoles.Admin);

    /// <summary>Who a principal is; null for nobody.</summary>
    public static Caller? From(ClaimsPrincipal principal) =>
        principal.Identity is { IsAuthenticated: true }
        && long.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new Caller(
                id,
                principal.Identity.Name ?? "",
                (UserRoles)int.Parse(principal.FindFirstValue(RolesClaim) ?? "0", CultureInfo.InvariantCulture))
            : null;

    /// <summary>Hands the caller to endpoints.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(From(context.User));

    /// <summary>The principal of an account.</summary>
    internal static ClaimsPrincipal PrincipalOf(User user, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, user.Id.ToString(CultureInfo.InvariantCulture)),
            new Claim(ClaimTypes.Name, user.UserName ?? ""),
            new Claim(RolesClaim, ((int)user.Roles).ToString(CultureInfo.InvariantCulture)),
            new Claim(StampClaim, user.SecurityStamp ?? ""),
        ],
        scheme));

    /// <summary>Whether a principal was made from the account as it is now.</summary>
    internal static bool IsCurrent(ClaimsPrincipal principal, User user) =>
        From(principal) is { } caller && caller.Roles == user.Roles && caller.Name == user.UserName && HasStampOf(principal, user);

    /// <summary>Whether the account's password is still the one a principal was made with.</summary>
    internal static bool HasStampOf(ClaimsPrincipal principal, User user) => principal.FindFirstValue(StampClaim) == user.SecurityStamp;
}
