using System.Collections.Concurrent;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Instances;

namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>The screens of VMs that somebody looked at since they booted.</summary>
internal sealed class SharedScreens(KubernetesClient client, ClusterView view) : IDisposable
{
    private readonly ConcurrentDictionary<string, (string Namespace, string Name, SharedScreen Screen)> _screens = new();

    /// <summary>Another viewer of a VM's screen.</summary>
    public Task<Stream> OpenAsync(VirtualMachineInstance guest, CancellationToken cancellationToken)
    {
        Forget();
        var kept = _screens.GetOrAdd(guest.Metadata.Uid, _ => (guest.Namespace, guest.Name, new SharedScreen(
            async token => await client.OpenVncAsync(guest.Namespace, guest.Name, preserveSession: true, token).ConfigureAwait(false), client.Time)));
        return kept.Screen.AttachAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (var uid in _screens.Keys)
        {
            if (_screens.TryRemove(uid, out var kept))
            {
                kept.Screen.Dispose();
            }
        }
    }

    // A VM that booted again is another guest, with a screen of its own.
    private void Forget()
    {
        foreach (var (uid, kept) in _screens)
        {
            if ((!view.Guests.TryGet(kept.Namespace, kept.Name, out var now) || now.Metadata.Uid != uid) && _screens.TryRemove(uid, out _))
            {
                kept.Screen.Dispose();
            }
        }
    }
}
