namespace LabOrchestrator.Labs;

/// <summary>One network of a lab.</summary>
/// <param name="Name">DNS label, unique in the lab.</param>
public sealed record NetworkDefinition(string Name)
{
    /// <summary>IPv4 subnet in CIDR form that the author fixed; null lets the runtime choose.</summary>
    public string? Subnet { get; init; }

    /// <summary>Whether machines may reach the internet (never private or host addresses) through the helper.</summary>
    public bool Internet { get; init; }
}
