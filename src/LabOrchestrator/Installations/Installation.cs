namespace LabOrchestrator.Installations;

/// <summary>
/// One installation of the product: every object it makes in an engine carries its identity, and nothing without it is touched.
/// </summary>
/// <param name="Id">16 lower-case hexadecimal digits, made with the database.</param>
public sealed record Installation(string Id)
{
    /// <summary>A new identity.</summary>
    public static Installation Create() =>
        new(Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)));
}
