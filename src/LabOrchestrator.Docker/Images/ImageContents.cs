using System.Collections.Concurrent;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;

namespace LabOrchestrator.Docker.Images;

/// <summary>
/// Volumes that hold a folder of an image, one for all machines: the disk of a containerDisk, the keeper. The engine fills an empty
/// volume when it makes a container on it, and knows that container only afterwards: so the container, never started, is the mark that
/// the volume is complete, and keeps volume and image from being pruned.
/// </summary>
internal sealed class ImageContents(EngineClient engine, EngineNames names, Installation installation)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new();

    /// <summary>Returns the name of a volume with what the image has in a folder.</summary>
    /// <param name="what">What it is, for its name.</param>
    /// <param name="imageId">The image's identity.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<string> EnsureAsync(string what, string imageId, string folder, CancellationToken cancellationToken)
    {
        var name = names.ImageContent(what, imageId);
        var gate = _gates.GetOrAdd(name, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await engine.Containers.FindAsync(name, cancellationToken).ConfigureAwait(false) is null)
            {
                await FillAsync(name, imageId, folder, cancellationToken).ConfigureAwait(false);
            }

            return name;
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task FillAsync(string name, string imageId, string folder, CancellationToken cancellationToken)
    {
        var labels = EngineLabels.Shared(installation, EngineRoles.ImageContent);
        await engine.Volumes.RemoveAsync(name, cancellationToken).ConfigureAwait(false);
        await engine.Volumes.CreateAsync(new VolumeCreation(name, labels), cancellationToken).ConfigureAwait(false);
        var filler = new ContainerCreation
        {
            Image = imageId,
            Entrypoint = [],
            Cmd = ["/none"],
            Labels = labels,
            HostConfig = new HostConfig
            {
                NetworkMode = "none",
                Mounts = [MountSpec.Volume(name, folder, noCopy: false)],
            },
        };
        await engine.Containers.CreateAsync(name, filler, cancellationToken).ConfigureAwait(false);
    }
}
