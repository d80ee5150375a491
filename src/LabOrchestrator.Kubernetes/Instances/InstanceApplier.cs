using LabOrchestrator.Images;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Kubernetes.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Makes the cluster hold what a specification says: the ground first, then all machines at once.</summary>
internal sealed class InstanceApplier(
    ClusterView view, LabGround ground, AuthorObjects authors, ContainerMachines containers, VirtualMachines machines, MachineSecrets secrets)
{
    public async Task ApplyAsync(InstanceSpec instance, IProgress<MachineProgress> progress, CancellationToken cancellationToken)
    {
        await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
        await RefuseAsync(instance, cancellationToken).ConfigureAwait(false);
        var losses = new Losses();
        var nameServer = await Refusals.TranslateAsync(() => ground.EnsureAsync(instance, losses, cancellationToken)).ConfigureAwait(false);
        await Refusals.TranslateAsync(() => ground.NoteAsync(instance, losses, cancellationToken)).ConfigureAwait(false);
        await Refusals.TranslateAsync(() => authors.EnsureAsync(instance, nameServer, losses, cancellationToken)).ConfigureAwait(false);
        await Refusals.TranslateAsync(() => secrets.EnsureAsync(instance, losses, cancellationToken)).ConfigureAwait(false);
        await Refusals.TranslateAsync(() => ground.NoteAsync(instance, losses, cancellationToken)).ConfigureAwait(false);
        var scope = new ApplyScope(instance, nameServer, progress);
        List<Task> tasks =
        [
            .. instance.Machines.Select(m => BringAsync(scope, m, cancellationToken)),
            Refusals.TranslateAsync(() => ground.HelpAsync(instance, losses, cancellationToken)),
        ];
        try
        {
            await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // A machine that cannot be made is news; that others were not seen meanwhile is not.
            var failed = tasks.FirstOrDefault(t => t.Exception?.InnerException is InstanceFailedException)
                ?? tasks.FirstOrDefault(t => t.IsFaulted) ?? tasks.First(t => t.IsCanceled);
            await failed.ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task BringAsync(ApplyScope scope, MachineSpec machine, CancellationToken cancellationToken)
    {
        try
        {
            await Refusals.TranslateAsync(
                () => machine.Definition.Kind == ImageKind.Vm
                    ? machines.BringAsync(scope, machine, cancellationToken)
                    : containers.BringAsync(scope, machine, cancellationToken),
                machine.Name).ConfigureAwait(false);
        }
        catch (InstanceFailedException e) when (e.Machine is null)
        {
            throw new InstanceFailedException(e.Message, machine.Name, e);
        }
    }

    // Before anything is made.
    private async Task RefuseAsync(InstanceSpec instance, CancellationToken cancellationToken)
    {
        if (LabLinks.AreNeeded(instance) && view.NoNetworks is not null)
        {
            await view.DiscoverAsync(cancellationToken).ConfigureAwait(false);
            if (view.NoNetworks is { } reason)
            {
                throw new RuntimeUnavailableException(reason);
            }

            await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!view.HasVirtualMachines && instance.Machines.Any(m => m.Definition.Kind == ImageKind.Vm))
        {
            await view.DiscoverAsync(cancellationToken).ConfigureAwait(false);
            if (view.NoVirtualMachines is { } missing)
            {
                throw new RuntimeUnavailableException(missing);
            }

            await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
