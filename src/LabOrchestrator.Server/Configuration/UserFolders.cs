namespace LabOrchestrator.Server.Configuration;

/// <summary>Folders of the user who runs the server, by the XDG rules.</summary>
internal static class UserFolders
{
    /// <summary>What a variable names, else a folder in the user's home.</summary>
    public static string Of(string variable, string inHome) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), inHome);
}
