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

    /// <summary>Makes it and returns its identity; one of that name that is already there is taken.</summary>
    public async Task<string> MakeAsync(
        ApplyContext context, MachineSpec wanted, string name, MachineReport progress, CancellationToken cancellationToken)
    {
        progress.Report(MachineStage.Image);
        var image = await images.ResolveAsync(wanted.Image.Reference, wanted.ImageDigest, progress, cancellationToken).ConfigureAwait(false);
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
        var container = isVm
            ? await launchers.DescribeAsync(build, volume, cancellationToken).ConfigureAwait(false)
            : containers.Describe(build, volume);
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

    private async Task<string> KeeperVolumeAsync(CancellationToken cancellationToken)
    {
        var launcher = await images.ResolveAsync(launchers.Image, null, null, cancellationToken).ConfigureAwait(false);
        return await contents.EnsureAsync("keeper", launcher.Id, ContainerMachines.KeeperFolder, cancellationToken).ConfigureAwait(false);
    }
}
