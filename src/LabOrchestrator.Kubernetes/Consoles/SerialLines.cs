using System.Collections.Concurrent;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Instances;

namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>The serial lines of VMs that somebody looked at since they booted.</summary>
internal sealed class SerialLines(KubernetesClient client, ClusterView view) : IDisposable
{
    private readonly ConcurrentDictionary<string, (string Namespace, string Name, SerialLine Line)> _lines = new();

    /// <summary>Another viewer of a VM's line.</summary>
    public Task<Stream> OpenAsync(VirtualMachineInstance guest, CancellationToken cancellationToken)
    {
        Forget();
        var kept = _lines.GetOrAdd(guest.Metadata.Uid, _ => (guest.Namespace, guest.Name, new SerialLine(
            async token => await client.OpenSerialAsync(guest.Namespace, guest.Name, token).ConfigureAwait(false), client.Time)));
        return kept.Line.AttachAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (var uid in _lines.Keys)
        {
            if (_lines.TryRemove(uid, out var kept))
            {
                kept.Line.Dispose();
            }
        }
    }

    // A VM that booted again is another guest, with a line of its own.
    private void Forget()
    {
        foreach (var (uid, kept) in _lines)
        {
            if ((!view.Guests.TryGet(kept.Namespace, kept.Name, out var now) || now.Metadata.Uid != uid) && _lines.TryRemove(uid, out _))
            {
                kept.Line.Dispose();
            }
        }
    }
}
