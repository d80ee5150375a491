using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Freezes VMs with their memory. Kubernetes cannot freeze containers.</summary>
internal sealed class InstanceFreezer(KubernetesClient client, ClusterView view, InstanceWait wait)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <exception cref="InstanceFailedException">There is no such instance, or it has containers.</exception>
    public async Task PauseAsync(long instanceId, CancellationToken cancellationToken)
    {
        var @namespace = await FindAsync(instanceId, cancellationToken).ConfigureAwait(false);
        if (view.Pods.In(@namespace).FirstOrDefault(InstanceObserver.IsContainerMachine) is { } container)
        {
            throw new InstanceFailedException(
                $"Kubernetes cannot pause containers, and \"{container.Name}\" is one. Power its machines off, or let the lab run.", container.Name);
        }

        await EachAsync(instanceId, @namespace, "pause", MachinePhase.Running, MachinePhase.Paused, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Freezes the VMs and lets the containers run on.</summary>
    /// <exception cref="InstanceFailedException">There is no such instance.</exception>
    public async Task PauseWhatCanBeAsync(long instanceId, CancellationToken cancellationToken)
    {
        var @namespace = await FindAsync(instanceId, cancellationToken).ConfigureAwait(false);
        await EachAsync(instanceId, @namespace, "pause", MachinePhase.Running, MachinePhase.Paused, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="InstanceFailedException">There is no such instance.</exception>
    public async Task ResumeAsync(long instanceId, CancellationToken cancellationToken)
    {
        var @namespace = await FindAsync(instanceId, cancellationToken).ConfigureAwait(false);
        await EachAsync(instanceId, @namespace, "unpause", MachinePhase.Paused, MachinePhase.Running, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> FindAsync(long instanceId, CancellationToken cancellationToken)
    {
        await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
        return view.Index.Find(instanceId) ?? throw new InstanceFailedException("The cluster holds nothing of this instance.");
    }

    private Task EachAsync(long instanceId, string @namespace, string verb, MachinePhase from, MachinePhase to, CancellationToken cancellationToken) =>
        Task.WhenAll(view.VirtualMachines.In(@namespace).Where(m => PhaseOf(m) == from).Select(async machine =>
        {
            try
            {
                await client.PutKubeVirtAsync(Kinds.VirtualMachineInstance, @namespace, machine.Name, verb, null, cancellationToken).ConfigureAwait(false);
            }
            catch (ObjectConflictException)
            {
                // It is as it should be already, or ended meanwhile; what is seen next says which.
            }

            await wait.GoneAsync(
                instanceId,
                () => view.VirtualMachines.TryGet(@namespace, machine.Name, out var now) && PhaseOf(now) == from,
                Patience,
                () => $"KubeVirt does not {verb} \"{machine.Name}\".",
                cancellationToken).ConfigureAwait(false);
        }));

    private MachinePhase PhaseOf(VirtualMachine machine) => GuestReading.Sight(
        machine, view.Guests.TryGet(machine.Namespace, machine.Name, out var guest) ? guest : null, null, null).Phase;
}
