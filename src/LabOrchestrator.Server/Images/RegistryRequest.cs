using System.ComponentModel.DataAnnotations;

namespace LabOrchestrator.Server.Images;

/// <summary>The login of an image registry.</summary>
public sealed record RegistryRequest
{
    /// <summary>The account.</summary>
    [Required]
    [StringLength(255)]
    public string? Username { get; init; }

    /// <summary>Password or token; kept encrypted and never shown again.</summary>
    [Required]
    [StringLength(4096)]
    public string? Password { get; init; }
}
