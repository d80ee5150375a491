namespace LabOrchestrator.Postgres;

/// <summary>A folder of a test's own, removed with all that lies outside it because of it.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder(UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute, int length = 0)
    {
        var name = "lab-" + Guid.NewGuid().ToString("N")[..8];
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), name);
        while (Path.Length < length)
        {
            Path = System.IO.Path.Combine(Path, new string('d', Math.Clamp(length - Path.Length - 1, 1, 100)));
        }

        Root = System.IO.Path.Combine(System.IO.Path.GetTempPath(), name);
        Directory.CreateDirectory(Path);
        foreach (var directory in Directory.EnumerateDirectories(Root, "*", SearchOption.AllDirectories).Append(Root))
        {
            File.SetUnixFileMode(directory, mode);
        }
    }

    public string Path { get; }

    private string Root { get; }

    public void Dispose()
    {
        var place = Cluster.ClusterPlace.For(Path, null);
        foreach (var directory in new[] { place.DataDirectory, place.SocketDirectory, Root }.Where(Directory.Exists))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
