using System.Globalization;
using LabOrchestrator.Instances;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Gateway;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Users;

/// <summary>Makes, changes and removes accounts. There is always an open one with the role of an admin.</summary>
internal sealed class Accounts(
    UserManager<User> users, IUserDirectory directory, LabInstances instances, AccessTokens tokens, OpenDoors doors, TimeProvider time)
{
    private const string LastAdmin = "This is the only admin. Make somebody else an admin first.";

    /// <summary>The account of that identity, or null.</summary>
    public Task<User?> FindAsync(long id) => users.FindByIdAsync(id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Makes an account.</summary>
    public async Task<AccountResult> AddAsync(string name, string? displayName, string password, UserRoles roles)
    {
        var user = new User { UserName = name, DisplayName = displayName ?? "", Roles = roles, CreatedAt = time.GetUtcNow() };
        return AccountResult.From(await users.CreateAsync(user, password), user);
    }

    /// <summary>Changes an account; what is null in the change stays.</summary>
    public async Task<AccountResult> ChangeAsync(long id, AccountChange change, CancellationToken cancellationToken)
    {
        if (await FindAsync(id) is not { } user)
        {
            return new AccountResult.NotFound();
        }

        var roles = change.Roles is null ? user.Roles : RoleNames.From(change.Roles);
        var isClosed = change.IsClosed ?? user.IsClosed;
        if ((isClosed || !roles.HasFlag(UserRoles.Admin)) && await IsLastAdminAsync(user, cancellationToken))
        {
            return new AccountResult.Conflict(LastAdmin);
        }

        user.Roles = roles;
        user.IsClosed = isClosed;
        user.DisplayName = change.DisplayName ?? user.DisplayName;
        var result = AccountResult.From(
            change.Password is { } password ? await AccountPassword.SetAsync(users, user, password) : await users.UpdateAsync(user), user);
        if (result is AccountResult.Done && (isClosed || change.Password is not null))
        {
            await doors.CloseAsync(id, isClosed ? ConsoleEnd.AccessWithdrawn : ConsoleEnd.SignedOut, cancellationToken);
        }

        return result;
    }

    /// <summary>Changes one's own password; the account's other sessions and its consoles end.</summary>
    public async Task<AccountResult> ChangePasswordAsync(User user, string current, string wanted)
    {
        var result = await users.ChangePasswordAsync(user, current, wanted);
        if (result.Succeeded)
        {
            await doors.CloseAsync(user.Id, ConsoleEnd.SignedOut, CancellationToken.None);
        }

        return result.Errors.Any(e => e.Code == nameof(IdentityErrorDescriber.PasswordMismatch))
            ? new AccountResult.Invalid("current", "This is not the account's password.")
            : AccountResult.From(result, user) is AccountResult.Invalid { Field: "password" } refused ? refused with { Field = "new" }
            : AccountResult.From(result, user);
    }

    /// <summary>Removes an account that has no labs.</summary>
    public async Task<AccountResult> RemoveAsync(long id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id) is not { } user)
        {
            return new AccountResult.NotFound();
        }

        if (await IsLastAdminAsync(user, cancellationToken))
        {
            return new AccountResult.Conflict(LastAdmin);
        }

        var live = await instances.ListAsync(new LabInstanceQuery { MemberId = id, Limit = 1000 }, cancellationToken);
        if (live.Any(i => i.OwnerId == id))
        {
            return new AccountResult.Conflict("The account has running labs. Stop them first, or close the account instead.");
        }

        await tokens.RevokeAllAsync(id, cancellationToken);
        await doors.CloseAsync(id, ConsoleEnd.AccessWithdrawn, cancellationToken);
        return AccountResult.From(await users.DeleteAsync(user), user);
    }

    private async Task<bool> IsLastAdminAsync(User user, CancellationToken cancellationToken) =>
        !user.IsClosed && user.Roles.HasFlag(UserRoles.Admin) && await directory.CountAdminsAsync(cancellationToken) <= 1;
}
