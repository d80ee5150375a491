using LabOrchestrator.Postgres.Users;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Users;

/// <summary>Refuses passwords that nobody could sign in with, because they are longer than what is checked.</summary>
internal sealed class LongestPassword : IPasswordValidator<User>
{
    public Task<IdentityResult> ValidateAsync(UserManager<User> manager, User user, string? password) =>
        Task.FromResult(password?.Length > AccountRules.MaximumPasswordLength
            ? IdentityResult.Failed(new IdentityError
            {
                Code = "PasswordTooLong",
                Description = $"Passwords must be at most {AccountRules.MaximumPasswordLength} characters.",
            })
            : IdentityResult.Success);
}
