using LabOrchestrator.Postgres.Users;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Users;

/// <summary>What came of a wish to change an account.</summary>
internal abstract record AccountResult
{
    private AccountResult()
    {
    }

    /// <summary>It is done.</summary>
    internal sealed record Done(User User) : AccountResult;

    /// <summary>There is no such account.</summary>
    internal sealed record NotFound : AccountResult;

    /// <summary>A value cannot be taken.</summary>
    internal sealed record Invalid(string Field, string Reason) : AccountResult;

    /// <summary>It does not go with how things are.</summary>
    internal sealed record Conflict(string Reason) : AccountResult;

    /// <summary>Makes a result of Identity's.</summary>
    public static AccountResult From(IdentityResult result, User user)
    {
        if (result.Succeeded)
        {
            return new Done(user);
        }

        var error = result.Errors.First();
        return error.Code switch
        {
            nameof(IdentityErrorDescriber.DuplicateUserName) => new Conflict($"The name \"{user.UserName}\" is taken. Choose another one."),
            nameof(IdentityErrorDescriber.ConcurrencyFailure) => new Conflict("Somebody else has changed the account meanwhile. Look at it again."),
            nameof(IdentityErrorDescriber.InvalidUserName) => new Invalid("name", $"The name must be {AccountRules.NameMeaning}."),
            _ when error.Code.StartsWith("Password", StringComparison.Ordinal) => new Invalid("password", error.Description),
            _ => new Conflict(error.Description),
        };
    }
}
