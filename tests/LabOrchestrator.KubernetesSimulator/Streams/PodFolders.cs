using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>
/// What a container's writable layer is here: a folder of this machine, and the processes whose home it is. A claim that is mounted at
/// <see cref="Home"/> has one of its own.
/// </summary>
internal sealed class PodFolders(ObjectStore store) : IDisposable
{
    /// <summary>Where in a container that folder is.</summary>
    private const string Home = "/home/lab";

    private readonly string _root = Path.Combine(Path.GetTempPath(), "kubernetes-simulator-" + Guid.NewGuid().ToString("N")[..8]);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, string>> _folders = new();

    /// <summary>The folder of a container, which lives as long as its pod.</summary>
    public string Of(StoredObject pod, string container) => _folders.GetOrAdd(pod.Uid, _ => new()).GetOrAdd(container, name =>
    {
        var folder = Path.Combine(_root, pod.Uid, name);
        if (ClaimAtHome(pod, name) is not { } claim)
        {
            return Directory.CreateDirectory(folder).FullName;
        }

        Directory.CreateDirectory(Path.Combine(_root, pod.Uid));
        Directory.CreateDirectory(claim);
        return Directory.CreateSymbolicLink(folder, claim).FullName;
    });

    private string? ClaimAtHome(StoredObject pod, string container)
    {
        var value = pod.Read();
        var mount = value.Objects("spec", "containers").Where(c => c.Text("name") == container)
            .SelectMany(c => c.Objects("volumeMounts")).FirstOrDefault(m => m.Text("mountPath") == Home);
        var volume = mount is null ? null : value.Objects("spec", "volumes").FirstOrDefault(v => v.Text("name") == mount.Text("name"));
        return volume?.Text("persistentVolumeClaim", "claimName") is { } claim
            && store.Find(new ObjectAddress("", "persistentvolumeclaims", pod.Namespace, claim)) is { } found
            ? Path.Combine(_root, "claims", found.Uid, mount!.Text("subPath") ?? ".")
            : null;
    }

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
