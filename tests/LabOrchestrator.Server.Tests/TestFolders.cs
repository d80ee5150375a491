namespace LabOrchestrator.Server.Tests;

/// <summary>Data directories of tests.</summary>
internal static class TestFolders
{
    /// <summary>Lets others pass through, so that a root's database stands inside it and goes with it.</summary>
    public static DirectoryInfo Open(string folder)
    {
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return new DirectoryInfo(folder);
    }

    /// <summary>A new one.</summary>
    public static DirectoryInfo New() => Open(Path.Combine(Path.GetTempPath(), $"lab-process-{Guid.NewGuid():N}"));
}
