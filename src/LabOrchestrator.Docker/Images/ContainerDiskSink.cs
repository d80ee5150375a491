using System.Globalization;
using System.Text.RegularExpressions;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Images;

/// <summary>
/// Makes containerDisks of uploaded disks, as images of the engine. What looks at them is qemu-img in a container of the launcher's image,
/// without network, rights or anything to write but the new disk; the bytes go there and back through the engine, so that it does not
/// matter where the server itself runs.
/// </summary>
internal sealed partial class ContainerDiskSink(EngineClient engine, EngineNames names, Installation installation, DockerRuntimeOptions options)
    : IDiskImageSink, IDisposable
{
    private const string InFolder = "/in";
    private const string OutFolder = "/out";
    private const string InFile = "/in/disk";
    private const string DiskFolder = "disk";
    private const long MemoryBytes = 1L << 30;
    private const long MostProcesses = 64;

    // What a guest's page tables and the like need beside its data, and what compresses badly.
    private const long SpareBytes = 64L << 20;

    /// <inheritdoc/>
    public async Task StoreAsync(DiskImage disk, Func<DiskImageProgress, Task> report, CancellationToken cancellationToken)
    {
        await ClearAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ConvertAsync(disk, report, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            throw new InvalidOperationException($"Docker Engine refused: {e.Message}", e);
        }
        finally
        {
            // Not cancellable: what is left takes as much room as the disk.
            await ClearAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        string[] ours = [EngineLabels.Of(installation), $"{EngineLabels.Role}={EngineRoles.ImageContent}"];
        try
        {
            var images = await engine.Images.ListAsync(ours, cancellationToken).ConfigureAwait(false);
            return [.. images.SelectMany(i => i.RepoTags ?? []).Select(names.UploadedReference).OfType<string>()];
        }
        catch (EngineException e)
        {
            throw Unavailable(e);
        }
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            await ForgetAsync(reference, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            throw Unavailable(e);
        }
    }

    private static RuntimeUnavailableException Unavailable(EngineException e) => new($"Docker Engine refused: {e.Message}", e);

    private async Task ForgetAsync(string reference, CancellationToken cancellationToken)
    {
        var name = names.UploadedDisk(reference);
        if (await engine.Images.FindAsync(name, cancellationToken).ConfigureAwait(false) is not { } image)
        {
            return;
        }

        string[] machines = [EngineLabels.Of(installation), $"{EngineLabels.ImageDigest}={ImageResolver.DigestOf(image, name)}"];
        if ((await engine.Containers.ListAsync(machines, cancellationToken).ConfigureAwait(false)).Count > 0)
        {
            return;
        }

        var content = names.ImageContent(LauncherMachines.DiskContent, image.Id);
        await engine.Containers.RemoveAsync(content, cancellationToken).ConfigureAwait(false);
        await engine.Volumes.RemoveAsync(content, cancellationToken).ConfigureAwait(false);
        await engine.Images.ForgetAsync(name, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => engine.Dispose();

    private async Task ConvertAsync(DiskImage disk, Func<DiskImageProgress, Task> report, CancellationToken cancellationToken)
    {
        await report(new DiskImageProgress(ImageUploadState.Checking)).ConfigureAwait(false);
        var (source, target) = (names.Upload("in"), names.Upload("out"));
        foreach (var volume in new[] { source, target })
        {
            await engine.Volumes.CreateAsync(new VolumeCreation(volume, Labels), cancellationToken).ConfigureAwait(false);
        }

        // Never started: what the engine lays into its volumes, and takes out of them.
        var courier = await CreateAsync("courier", Describe([], MountSpec.Volume(source, InFolder), MountSpec.Volume(target, OutFolder)), cancellationToken)
            .ConfigureAwait(false);
        await engine.Containers.UploadAsync(courier, InFolder, DiskTar.OfFile("disk", disk.Path), cancellationToken).ConfigureAwait(false);
        await engine.Containers.UploadAsync(courier, OutFolder, DiskTar.OfFolder(DiskFolder), cancellationToken).ConfigureAwait(false);

        var format = disk.Format switch
        {
            DiskFormat.Qcow2 => "qcow2",
            DiskFormat.Vmdk => "vmdk",
            DiskFormat.Vhdx => "vhdx",
            _ => "raw",
        };
        MountSpec[] mounts = [MountSpec.Volume(source, InFolder, readOnly: true), MountSpec.Volume(target, OutFolder)];
        var info = await RunAsync("info", Describe(["info", format], mounts), null, cancellationToken).ConfigureAwait(false);
        DiskInspection.Check(info, format, InFile, disk.MostDiskBytes);

        await report(new DiskImageProgress(ImageUploadState.Converting, 0)).ConfigureAwait(false);
        var most = (new FileInfo(disk.Path).Length * 2) + SpareBytes;
        await RunAsync(
            "convert", Describe(["convert", format, most.ToString(CultureInfo.InvariantCulture)], mounts), report, cancellationToken).ConfigureAwait(false);

        await report(new DiskImageProgress(ImageUploadState.Storing)).ConfigureAwait(false);
        using var converted = await engine.Containers.DownloadAsync(courier, $"{OutFolder}/{DiskFolder}", cancellationToken).ConfigureAwait(false);
        var tar = await converted.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await engine.Images.ImportAsync(
            tar, names.UploadedDisk(disk.Reference), LabelledImages.LabelsOf(disk, installation), cancellationToken).ConfigureAwait(false);
    }

    // Its last lines, which are its answer. They are read when it has ended: an engine that follows a log may leave out what is said just
    // before the end.
    private async Task<string> RunAsync(
        string what, ContainerCreation task, Func<DiskImageProgress, Task>? report, CancellationToken cancellationToken)
    {
        const int mostLines = 200;
        var id = await CreateAsync(what, task, cancellationToken).ConfigureAwait(false);
        await engine.Containers.StartAsync(id, cancellationToken).ConfigureAwait(false);
        if (report is not null)
        {
            await TellAsync(id, report, cancellationToken).ConfigureAwait(false);
        }

        var code = await engine.Containers.WaitAsync(id, cancellationToken).ConfigureAwait(false);
        var said = await engine.Containers.LogTailAsync(id, mostLines, cancellationToken).ConfigureAwait(false);
        var answer = string.Join('\n', said.Split('\n').Where(line => !Percentage().IsMatch(line)));
        return code == 0 ? answer : throw new DiskRefusedException($"The disk could not be read: {Reason(answer, code)}");
    }

    private async Task TellAsync(string id, Func<DiskImageProgress, Task> report, CancellationToken cancellationToken)
    {
        var percent = 0;
        await foreach (var line in engine.Containers.FollowAsync(id, cancellationToken).ConfigureAwait(false))
        {
            if (Percentage().Match(line) is { Success: true } match
                && int.Parse(match.Groups["whole"].Value, CultureInfo.InvariantCulture) is var now && now > percent)
            {
                await report(new DiskImageProgress(ImageUploadState.Converting, percent = now)).ConfigureAwait(false);
            }
        }
    }

    private static string Reason(string answer, int code) => answer.Contains("File too large", StringComparison.Ordinal)
        ? "it became more than twice as large as what was sent, which no honest disk does."
        : answer.Trim().Length > 0 ? DiskInspection.Shortened(answer)
        : code == 137 ? "that took more time or memory than it may."
        : string.Create(CultureInfo.InvariantCulture, $"qemu-img ended with exit code {code}.");

    private async Task<string> CreateAsync(string what, ContainerCreation container, CancellationToken cancellationToken) =>
        await engine.Containers.CreateAsync(names.Upload(what), container, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException("Another server of this installation converts a disk on this engine.");

    private ContainerCreation Describe(IReadOnlyList<string> words, params MountSpec[] mounts) => new()
    {
        Image = options.LauncherImage,
        User = $"{HostAccount.QemuId}:{HostAccount.QemuId}",
        Entrypoint = ["/usr/bin/tini", "--", "/usr/lib/lab-orchestrator/disk-image"],
        Cmd = words,
        Labels = Labels,
        HostConfig = new HostConfig
        {
            NetworkMode = "none",
            NanoCpus = 1_000_000_000,
            Memory = MemoryBytes,
            MemorySwap = MemoryBytes,
            PidsLimit = MostProcesses,
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges"],
            ReadonlyRootfs = true,
            Tmpfs = new Dictionary<string, string> { ["/tmp"] = "size=16m,mode=1777" },
            Mounts = mounts,
            LogConfig = LogConfig.Capped,
        },
    };

    private Dictionary<string, string> Labels => EngineLabels.Shared(installation, EngineRoles.Upload);

    private async Task ClearAsync(CancellationToken cancellationToken)
    {
        string[] ours = [EngineLabels.Of(installation), $"{EngineLabels.Role}={EngineRoles.Upload}"];
        foreach (var container in await engine.Containers.ListAsync(ours, cancellationToken).ConfigureAwait(false))
        {
            await engine.Containers.RemoveAsync(container.Id, cancellationToken).ConfigureAwait(false);
        }

        foreach (var volume in await engine.Volumes.ListAsync(ours, cancellationToken).ConfigureAwait(false))
        {
            await engine.Volumes.RemoveAsync(volume.Name, cancellationToken).ConfigureAwait(false);
        }
    }

    [GeneratedRegex(@"^\s*\((?<whole>\d+)(\.\d+)?/100%\)\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Percentage();
}
