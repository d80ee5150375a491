using System.ComponentModel.DataAnnotations;
using LabOrchestrator.Server.Api;

namespace LabOrchestrator.Server.Images;

/// <summary>The login of an image registry.</summary>
public sealed record RegistryRequest
{
    /// <summary>The account.</summary>
    [Required]
    [StringLength(255)]
    [OneLine]
    public string? Username { get; init; }

    /// <summary>Password or token; kept encrypted and never shown again.</summary>
    [Required]
    [StringLength(4096)]
    [OneLine]
    public string? Password { get; init; }
}
