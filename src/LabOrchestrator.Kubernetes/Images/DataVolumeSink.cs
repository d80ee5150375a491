using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Manifests;

namespace LabOrchestrator.Kubernetes.Images;

/// <summary>
/// Stores uploaded disks by CDI, as DataVolumes that machines' disks are cloned from. CDI converts them, in a pod of its own; that they ask
/// for no other files was seen to before.
/// </summary>
internal sealed class DataVolumeSink(KubernetesClient client, UploadProxy proxy, Installation installation, KubernetesRuntimeOptions options)
    : IDiskImageSink, IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public async Task StoreAsync(DiskImage disk, Func<DiskImageProgress, Task> report, CancellationToken cancellationToken)
    {
        var name = UploadedDisks.NameOf(disk.Reference);
        try
        {
            await RemoveAsync(disk.Reference, cancellationToken).ConfigureAwait(false);
            await UntilAsync(name, volume => volume is null, "The former disk does not end.", cancellationToken).ConfigureAwait(false);
            await NamespaceAsync(cancellationToken).ConfigureAwait(false);
            await client.CreateAsync(Kinds.DataVolume, UploadedDisks.Volume(disk, installation, options), WriteOptions.Default, cancellationToken)
                .ConfigureAwait(false);
            await FillAsync(name, disk, report, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesException e)
        {
            await ForgetAsync(disk.Reference).ConfigureAwait(false);
            throw e.IsTransient ? Refusals.Unavailable(e) : new InvalidOperationException(Refusals.Unavailable(e).Message, e);
        }
        catch
        {
            await ForgetAsync(disk.Reference).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var ours = new ObjectScope
        {
            Namespace = options.ImagesNamespace,
            LabelSelector = $"{ClusterLabels.Installation}={installation.Id},{ClusterLabels.Role}={UploadedDisks.ImageRole}",
        };
        try
        {
            var found = await client.ListAsync(Kinds.DataVolume, ours, cancellationToken).ConfigureAwait(false);
            return [.. found.Items.Select(v => v.Metadata.Annotations.GetValueOrDefault(ClusterLabels.DiskImage)).OfType<string>()];
        }
        catch (ObjectNotFoundException)
        {
            // A cluster without CDI.
            return [];
        }
        catch (KubernetesException e)
        {
            throw Refusals.Unavailable(e);
        }
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(string reference, CancellationToken cancellationToken)
    {
        var name = UploadedDisks.NameOf(reference);
        try
        {
            if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } volume)
            {
                await client.DeleteAsync(
                    Kinds.DataVolume, options.ImagesNamespace, name, new DeleteOptions { Uid = volume.Metadata.Uid }, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ObjectNotFoundException)
        {
        }
        catch (KubernetesException e)
        {
            throw Refusals.Unavailable(e);
        }
    }

    public void Dispose() => client.Dispose();

    private async Task FillAsync(string name, DiskImage disk, Func<DiskImageProgress, Task> report, CancellationToken cancellationToken)
    {
        await report(new DiskImageProgress(ImageUploadState.Storing)).ConfigureAwait(false);
        await UntilAsync(name, v => v?.Status.Phase == "UploadReady", "CDI did not get ready to take the disk.", cancellationToken).ConfigureAwait(false);
        var token = await client.CreateAsync(
            Kinds.UploadTokenRequest, UploadedDisks.TokenRequest(name, options), WriteOptions.Default, cancellationToken).ConfigureAwait(false);
        await proxy.SendAsync(
            disk.Path,
            token.Status.Token ?? throw new InvalidOperationException("CDI gave no leave to send the disk."),
            percent => report(new DiskImageProgress(ImageUploadState.Storing, percent)),
            cancellationToken).ConfigureAwait(false);
        await UntilAsync(name, v => v?.Status.Phase == "Succeeded", "CDI did not finish the disk.", cancellationToken).ConfigureAwait(false);
    }

    private async Task NamespaceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(Kinds.Namespace, UploadedDisks.Namespace(installation, options), WriteOptions.Default, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (ObjectExistsException)
        {
            // From the last time, or an administrator's.
        }
    }

    private async Task UntilAsync(string name, Func<DataVolume?, bool> isSo, string tooLate, CancellationToken cancellationToken)
    {
        var since = client.Time.GetTimestamp();
        while (true)
        {
            var volume = await FindAsync(name, cancellationToken).ConfigureAwait(false);
            if (isSo(volume))
            {
                return;
            }

            if (volume?.Status.Phase == "Failed")
            {
                throw new DiskRefusedException($"CDI could not take the disk: {Trouble(volume) ?? "it did not say why."}");
            }

            if (client.Time.GetElapsedTime(since) > Patience)
            {
                throw new InvalidOperationException($"{tooLate} {(volume is null ? null : Trouble(volume))}".Trim());
            }

            await Task.Delay(LookEvery, client.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    // Only ours: another installation's of the same name is none.
    private async Task<DataVolume?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var ours = new ObjectScope
        {
            Namespace = options.ImagesNamespace,
            LabelSelector = $"{ClusterLabels.Installation}={installation.Id}",
            FieldSelector = $"metadata.name={name}",
        };
        var found = await client.ListAsync(Kinds.DataVolume, ours, cancellationToken).ConfigureAwait(false);
        return found.Items.Count > 0 ? found.Items[0] : null;
    }

    private static string? Trouble(DataVolume volume) =>
        volume.Status.Conditions.Where(c => c.Status == "False" && c.Message is { Length: > 0 }).Select(c => c.Message).FirstOrDefault();

    // Not cancellable, and no reason to say something else than why it was not stored.
    private async Task ForgetAsync(string reference)
    {
        try
        {
            await RemoveAsync(reference, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KubernetesException or Runtimes.RuntimeUnavailableException)
        {
            // The next upload of that name removes it.
        }
    }
}
