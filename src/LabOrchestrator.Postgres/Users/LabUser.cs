using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Postgres.Users;

/// <summary>Somebody who signs in.</summary>
public sealed class LabUser : IdentityUser<long>
{
    /// <summary>What others see; the user name where none is given.</summary>
    public string? DisplayName { get; set; }

    /// <summary>When the account was made (UTC).</summary>
    public DateTimeOffset CreatedAt { get; set; }
}
