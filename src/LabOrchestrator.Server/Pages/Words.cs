namespace LabOrchestrator.Server.Pages;

/// <summary>Enumeration values as the API writes them, which are also the last part of their texts' keys.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => value.ToString();
}
