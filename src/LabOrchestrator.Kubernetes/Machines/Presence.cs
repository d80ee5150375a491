using System.Diagnostics.CodeAnalysis;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Instances;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>Whether a machine that is waited for is still there, or somebody removed it meanwhile.</summary>
/// <param name="uid">The object that was applied or found.</param>
internal sealed class Presence(string uid)
{
    // It may come and go before anybody looks; then it is applied again, which changes nothing where the watch is only behind.
    private static readonly TimeSpan Unseen = TimeSpan.FromSeconds(30);

    private bool _wasSeen;

    /// <summary>It is what is there now.</summary>
    public bool Is([NotNullWhen(true)] KubernetesObject? found)
    {
        if (found is not { IsDeleting: false } || found.Metadata.Uid != uid)
        {
            return false;
        }

        _wasSeen = true;
        return true;
    }

    /// <summary>What to do while it is not: wait for the watch, or (false) begin again.</summary>
    public Looked<bool> Missing(KubernetesObject? found, StartPatience patience, TimeSpan since)
    {
        if (_wasSeen || found?.Metadata.Uid == uid || since >= Unseen)
        {
            return Looked.At(false);
        }

        var looked = patience.Check<bool>(MachineSight.Starting(Runtimes.MachineStage.Place), since);
        return looked.LookAgainAfter is { } after && after < Unseen - since ? looked : Looked.NotYet<bool>(Unseen - since);
    }
}
