using System.ComponentModel.DataAnnotations;

namespace LabOrchestrator.Server.Api;

/// <summary>Refuses texts with line breaks and other control characters, which nobody sees and NUL of which cannot even be stored.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class OneLineAttribute() : ValidationAttribute("The text must be one line without control characters.")
{
    public override bool IsValid(object? value) => value is not string text || !text.Any(char.IsControl);
}
