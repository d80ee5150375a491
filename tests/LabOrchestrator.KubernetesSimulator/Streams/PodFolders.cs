using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>What a container's writable layer is here: a folder of this machine, and the processes whose home it is.</summary>
internal sealed class PodFolders : IDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), "kubernetes-simulator-" + Guid.NewGuid().ToString("N")[..8]);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, string>> _folders = new();

    /// <summary>The folder of a container, which lives as long as its pod.</summary>
    public string Of(string uid, string container) => _folders.GetOrAdd(uid, _ => new()).GetOrAdd(
        container, name => Directory.CreateDirectory(Path.Combine(_root, uid, name)).FullName);

    /// <summary>The pod's containers have ended: so have all processes in them.</summary>
    public void End(string uid, bool remove)
    {
        if (!_folders.TryGetValue(uid, out var folders))
        {
            return;
        }

        Kill(Path.Combine(_root, uid) + "/");
        if (remove && _folders.TryRemove(uid, out _))
        {
            Remove(Path.Combine(_root, uid));
        }
    }

    public void Dispose()
    {
        if (!_folders.IsEmpty)
        {
            Kill(_root + "/");
        }

        Remove(_root);
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or IOException)
        {
            // A process that is just ending wrote into it.
        }
    }

    private static void Kill(string folder)
    {
        var mark = Encoding.UTF8.GetBytes("HOME=" + folder);
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                try
                {
                    if (File.ReadAllBytes($"/proc/{process.Id}/environ").AsSpan().IndexOf(mark) >= 0)
                    {
                        process.Kill();
                    }
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or System.ComponentModel.Win32Exception)
                {
                    // It ended by itself, or is somebody else's.
                }
            }
        }
    }
}
