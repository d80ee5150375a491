using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>Makes accounts for whoever asks, as the prototype did.</summary>
internal sealed class PrototypeAccounts(UserManager<User> users, TimeProvider time)
{
    /// <summary>Fewest characters of a password. The prototype took any; its own example has these.</summary>
    public const int MinimumPasswordLength = 6;

    /// <summary>Makes an account without a role.</summary>
    public async Task<AccountResult> AddAsync(string name, string password)
    {
        var user = new User { UserName = name, CreatedAt = time.GetUtcNow() };

        // Hashed here, because Identity would hold the password to the length that other accounts need.
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        return AccountResult.From(await users.CreateAsync(user), user);
    }
}
