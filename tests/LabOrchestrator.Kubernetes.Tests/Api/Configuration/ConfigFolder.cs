using System.Text;

namespace LabOrchestrator.Kubernetes.Tests.Api.Configuration;

/// <summary>Files of one test.</summary>
internal sealed class ConfigFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("kubeconfig-").FullName;

    public string Write(string name, string text, bool executable = false)
    {
        var path = Path.Combine(_path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        if (executable)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(_path, name));

    public string At(string name) => Path.Combine(_path, name);

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
