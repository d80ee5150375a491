using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Images;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Instances;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Docker.Tests.Images;

/// <summary>A catalogue into which disks are uploaded, made of a small system's; what the engine took in is gone after each test.</summary>
public abstract class UploadLab(EngineFixture engine, TinyDisk tiny) : EngineLab(engine)
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lab-upload-");

    /// <summary>The disk of the smallest VM image.</summary>
    protected TinyDisk Tiny { get; } = tiny;

    /// <summary>Where the images come to be.</summary>
    protected InMemoryImageStore Catalogue { get; } = new();

    /// <summary>The uploads.</summary>
    protected InMemoryImageUploadStore Store { get; } = new();

    /// <summary>Who may still need an image.</summary>
    protected InMemoryLabInstanceStore Instances { get; } = new();

    /// <summary>A folder of the test.</summary>
    protected string Folder => _folder.FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        using var sink = Sink();
        foreach (var image in await Catalogue.ListAsync(CancellationToken.None))
        {
            await sink.RemoveAsync(image.Reference, CancellationToken.None);
        }

        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Uploads a file as a person does, and has it worked on to its end.</summary>
    protected async Task<ImageUpload> UploadAsync(string path, string? name = null)
    {
        var time = TimeProvider.System;
        using var sink = Sink();
        var files = new UploadFiles(Path.Combine(Folder, "uploads"));
        var limits = new ImageUploadLimits { MinimumFreeDiskBytes = 0 };
        using var uploads = new ImageUploads(Store, Catalogue, files, limits, [sink], time);
        var work = new ImageUploadWork(
            uploads, Store, files, new UploadedImages(Catalogue, Instances, [sink], limits, time), time, NullLogger<ImageUploadWork>.Instance);
        name ??= $"Up {Guid.NewGuid():N}"[..12];
        var begun = await uploads.BeginAsync(
            new ImageUpload(0, name, "", new FileInfo(path).Length, 1, time.GetUtcNow()) { Description = "An \"old\" $ystem", LoginUser = "lab" }, Token);
        var upload = begun.Status.ShouldNotBeNull(begun.Reason).Upload;
        await using (var bytes = File.OpenRead(path))
        {
            (await uploads.AppendAsync(upload, 0, bytes, Token)).Trouble.ShouldBeNull();
        }

        (await work.WorkOnceAsync(Patient)).ShouldBeTrue();
        return (await Store.FindAsync(upload.Id, Token)).ShouldNotBeNull();
    }

    /// <summary>The engine's place for disks.</summary>
    private protected ContainerDiskSink Sink() =>
        new(new EngineClient(Engine.Options.SocketPath, TimeProvider.System), Engine.Names, Engine.Installation, Engine.Options);

    /// <summary>Whether nothing is left in the engine of what taking a disk in needs.</summary>
    protected async Task<bool> NoneIsLeftAsync()
    {
        string[] ours = [EngineLabels.Of(Engine.Installation), $"{EngineLabels.Role}={EngineRoles.Upload}"];
        return (await Engine.Engine.Containers.ListAsync(ours, Token)).Count == 0 && (await Engine.Engine.Volumes.ListAsync(ours, Token)).Count == 0;
    }
}
