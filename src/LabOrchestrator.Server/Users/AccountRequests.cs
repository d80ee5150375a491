using System.ComponentModel.DataAnnotations;
using LabOrchestrator.Server.Api;

namespace LabOrchestrator.Server.Users;

/// <summary>A new account.</summary>
public sealed record NewAccount
{
    /// <summary>Its name, by which it signs in: 1 to 64 letters, digits and <c>. _ @ + -</c> in between.</summary>
    [Required]
    [RegularExpression(AccountRules.NamePattern, ErrorMessage = "The name must be " + AccountRules.NameMeaning + ".")]
    public string? Name { get; init; }

    /// <summary>What others read; by default the name.</summary>
    [StringLength(100)]
    [OneLine]
    public string? DisplayName { get; init; }

    /// <summary>Its password, of 8 to 256 characters; left out, one is made and answered once.</summary>
    [StringLength(AccountRules.MaximumPasswordLength, MinimumLength = AccountRules.MinimumPasswordLength)]
    public string? Password { get; init; }

    /// <summary>Its roles; by default none.</summary>
    public IReadOnlyList<RoleName>? Roles { get; init; }
}

/// <summary>Changes to an account; what is left out stays.</summary>
public sealed record AccountChange
{
    /// <summary>What others read.</summary>
    [StringLength(100)]
    [OneLine]
    public string? DisplayName { get; init; }

    /// <summary>A new password, of 8 to 256 characters; it ends all sessions of the account.</summary>
    [StringLength(AccountRules.MaximumPasswordLength, MinimumLength = AccountRules.MinimumPasswordLength)]
    public string? Password { get; init; }

    /// <summary>All its roles.</summary>
    public IReadOnlyList<RoleName>? Roles { get; init; }

    /// <summary>Whether it is closed: a closed account keeps its labs and cannot sign in.</summary>
    public bool? IsClosed { get; init; }
}

/// <summary>Changes to one's own account; what is left out stays.</summary>
public sealed record ProfileChange
{
    /// <summary>What others read.</summary>
    [StringLength(100)]
    [OneLine]
    public string? DisplayName { get; init; }
}

/// <summary>A new password for one's own account.</summary>
public sealed record PasswordChange
{
    /// <summary>The password until now.</summary>
    [Required]
    [StringLength(AccountRules.MaximumPasswordLength)]
    public string? Current { get; init; }

    /// <summary>The new one, of 8 to 256 characters.</summary>
    [Required]
    [StringLength(AccountRules.MaximumPasswordLength, MinimumLength = AccountRules.MinimumPasswordLength)]
    public string? New { get; init; }
}

/// <summary>An account.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">By which it signs in.</param>
/// <param name="DisplayName">What others read.</param>
/// <param name="Roles">Its roles.</param>
/// <param name="IsClosed">Whether it is closed.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
public sealed record AccountAnswer(
    long Id, string Name, string DisplayName, IReadOnlyList<RoleName> Roles, bool IsClosed, DateTimeOffset CreatedAt)
{
    /// <summary>The password that was made for a new account; answered once.</summary>
    public string? Password { get; init; }
}
