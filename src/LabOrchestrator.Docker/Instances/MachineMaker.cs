using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Images;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Makes the container of a machine: image, disk, cards.</summary>
internal sealed class MachineMaker(
    EngineClient engine, EngineNames names, ImageResolver images, ImageContents contents, ContainerMachines containers, LauncherMachines launchers)
{
    private EngineInfo? _host;

    /// <summary>Sees to it that the engine has the machine's image.</summary>
    public Task<ResolvedImage> FetchAsync(MachineSpec wanted, MachineReport progress, CancellationToken cancellationToken)
    {
        progress.Report(MachineStage.Image);
        return images.ResolveAsync(wanted.Image.Reference, wanted.ImageDigest, progress, cancellationToken);
    }

    /// <summary>Makes it and returns its identity; one of that name that is already there is taken.</summary>
    /// <param name="context">What all machines of the apply share.</param>
    /// <param name="wanted">The machine.</param>
    /// <param name="image">Its image in the engine.</param>
    /// <param name="replaced">The container that it had until now; null when there was none.</param>
    /// <param name="name">Name of the container.</param>
    /// <param name="progress">Who wants to know.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<string> MakeAsync(
        ApplyContext context,
        MachineSpec wanted,
        ResolvedImage image,
        FoundMachine? replaced,
        string name,
        MachineReport progress,
        CancellationToken cancellationToken)
    {
        var host = _host ??= await engine.InfoAsync(cancellationToken).ConfigureAwait(false);
        progress.Report(MachineStage.Disk);
        var isVm = wanted.Definition.Kind == ImageKind.Vm;
        var content = isVm
            ? launchers.PrepareDiskAsync(contents, context.InstanceId, wanted, image, cancellationToken)
            : KeeperVolumeAsync(cancellationToken);
        var networks = await context.Networks.WaitAsync(cancellationToken).ConfigureAwait(false);
        var build = new MachineBuild(
            context.InstanceId,
            wanted,
            image,
            ApplyContext.CardsOf(networks, wanted),
            host);
        var volume = await content.ConfigureAwait(false);
        build = build with { Loss = LossOf(context, wanted, replaced, volume.KeptDisk) };
        if (context.EndsOnLoss && replaced is null && build.Loss is not null)
        {
            throw new MachineLostException(wanted.Name);
        }

        var container = isVm
            ? await launchers.DescribeAsync(build, volume.Name, cancellationToken).ConfigureAwait(false)
            : containers.Describe(build, volume.Name);
        var id = await engine.Containers.CreateAsync(name, container, cancellationToken).ConfigureAwait(false);
        if (id is null)
        {
            return name;
        }

        foreach (var card in build.Cards.Skip(1))
        {
            await engine.Networks.ConnectAsync(
                names.Network(context.InstanceId, card.Network),
                new NetworkConnection(id, ContainerMachines.EndOf(card)),
                cancellationToken).ConfigureAwait(false);
        }

        return id;
    }

    // A digest, if nothing else, tells that it ran before. A reset may have been cut off between removing and making: then nothing was lost.
    private static string? LossOf(ApplyContext context, MachineSpec wanted, FoundMachine? replaced, bool keptDisk) =>
        replaced is not null ? replaced.Reset < wanted.ResetGeneration ? null : replaced.Labels.GetValueOrDefault(EngineLabels.Loss)
        : !context.HasRun && wanted.ImageDigest is null ? null
        : keptDisk ? LossWords.KeptDisk
        : wanted.IsResetting ? null
        : LossWords.LostDisk;

    private async Task<PreparedVolume> KeeperVolumeAsync(CancellationToken cancellationToken)
    {
        var launcher = await images.ResolveAsync(launchers.Image, null, null, cancellationToken).ConfigureAwait(false);
        return new PreparedVolume(
            await contents.EnsureAsync("keeper", launcher.Id, ContainerMachines.KeeperFolder, cancellationToken).ConfigureAwait(false), KeptDisk: false);
    }
}
