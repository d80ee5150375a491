using LabOrchestrator.Postgres.Users;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Users;

/// <summary>Sets passwords without asking for the one until now.</summary>
internal static class AccountPassword
{
    /// <summary>
    /// Sets it, in one step with whatever else has changed in the account, and ends the account's sessions. A password that is refused
    /// changes nothing, and leaves the old one.
    /// </summary>
    public static async Task<IdentityResult> SetAsync(UserManager<User> users, User user, string password)
    {
        foreach (var validator in users.PasswordValidators)
        {
            if (await validator.ValidateAsync(users, user, password) is { Succeeded: false } refused)
            {
                return refused;
            }
        }

        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        return await users.UpdateSecurityStampAsync(user);
    }
}
