using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Postgres.Users;

/// <summary>An account. Names are unique without regard to case.</summary>
public sealed class User : IdentityUser<long>
{
    /// <summary>What others read; the account's name where it is empty.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>What the account may do beyond what every account may.</summary>
    public UserRoles Roles { get; set; }

    /// <summary>A closed account keeps its labs, and cannot sign in.</summary>
    public bool IsClosed { get; set; }

    /// <summary>When it was made (UTC).</summary>
    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>Roles of an account; every account is a user.</summary>
[Flags]
public enum UserRoles
{
    /// <summary>Starts labs, and sees what it is a member of.</summary>
    None = 0,

    /// <summary>Writes labs.</summary>
    Author = 1,

    /// <summary>Teaches: sees the labs of their learners.</summary>
    Teacher = 2,

    /// <summary>Looks after the installation.</summary>
    Admin = 4,
}
