using System.Collections.Immutable;
using System.Formats.Tar;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Images;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Images;

/// <summary>Which image a reference means when there are several: of other installations, of earlier servers, of earlier uploads.</summary>
[Collection<OneUploadAtATime>]
public sealed class UploadedVersionTests(EngineFixture engine, TinyDisk tiny) : UploadLab(engine, tiny)
{
    private ContainerDiskSink? _sweepersSink;
    private UploadedImages? _sweeper;

    public override async ValueTask DisposeAsync()
    {
        _sweepersSink?.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Installations_of_one_engine_keep_images_of_the_same_name_apart()
    {
        var neighbour = Installation.Create();
        using var mine = Sink();
        using var theirs = new ContainerDiskSink(
            new EngineClient(Engine.Options.SocketPath, TimeProvider.System), new EngineNames(neighbour), neighbour, Engine.Options);
        var disk = new DiskImage(Tiny.Convert("qcow2", Folder), DiskFormat.Qcow2, $"lab-orchestrator-upload/same-{Guid.NewGuid():N}:1", 1 << 30);
        try
        {
            await mine.StoreAsync(disk, _ => Task.CompletedTask, Patient);
            await theirs.StoreAsync(disk, _ => Task.CompletedTask, Patient);

            var (here, there) = (await ResolveAsync(Engine.Names), await ResolveAsync(new EngineNames(neighbour)));
            here.Id.ShouldNotBe(there.Id);
            here.Config.Labels.ShouldNotBeNull()[EngineLabels.Installation].ShouldBe(Engine.Installation.Id, "by it eng/clean finds it");
            (await mine.ListAsync(Token)).ShouldContain(disk.Reference);
            (await theirs.ListAsync(Token)).ShouldBe([disk.Reference]);

            await mine.RemoveAsync(disk.Reference, Token);
            (await mine.ListAsync(Token)).ShouldNotContain(disk.Reference);
            (await ResolveAsync(new EngineNames(neighbour))).Id.ShouldBe(there.Id);
            (await Should.ThrowAsync<InstanceFailedException>(() => ResolveAsync(Engine.Names))).Message.ShouldContain("Upload it again");
        }
        finally
        {
            await mine.RemoveAsync(disk.Reference, CancellationToken.None);
            await theirs.RemoveAsync(disk.Reference, CancellationToken.None);
            await Engine.RemoveAllAsync(neighbour);
        }

        Task<ResolvedImage> ResolveAsync(EngineNames names) => new ImageResolver(Engine.Engine, names, null).ResolveAsync(disk.Reference, null, null, Token);
    }

    [Fact]
    public async Task An_image_that_an_earlier_serverStored_is_found_by_its_reference()
    {
        var reference = $"lab-orchestrator-upload/old-{Guid.NewGuid():N}:3";
        using var files = new MemoryStream();
        await using (var tar = new TarWriter(files, leaveOpen: true))
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "disk"), Token);
        }

        files.Position = 0;
        await Engine.Engine.Images.ImportAsync(files, reference, new Dictionary<string, string>(), Token);
        try
        {
            (await new ImageResolver(Engine.Engine, Engine.Names, null).ResolveAsync(reference, null, null, Token)).Id.ShouldStartWith("sha256:");

            using var sink = Sink();
            await sink.RemoveAsync(reference, Token);
            (await Engine.Engine.Images.FindAsync(reference, Token)).ShouldNotBeNull("nothing says that it is ours");
        }
        finally
        {
            await Engine.Engine.Images.ForgetAsync(reference, CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_reset_machine_has_the_version_that_its_lab_began_with_until_the_lab_ends()
    {
        var name = $"Up {Guid.NewGuid():N}"[..12];
        var first = await UploadAsync(Tiny.Convert("qcow2", Folder), name);
        var image = (await Catalogue.FindAsync(first.ImageId!.Value, Token)).ShouldNotBeNull();
        var spec = Spec(Vm("guest", "") with { Image = image });
        var digest = Of(await ApplyAsync(spec), "guest").ImageDigest.ShouldNotBeNull();
        var lab = await RunningAsync(image);

        var second = await UploadAsync(Tiny.Convert("raw", Folder), name);
        second.State.ShouldBe(ImageUploadState.Ready);
        second.Reference.ShouldNotBe(first.Reference);
        await SweepAsync();
        spec = With(spec, "guest", m => m with { ImageDigest = digest, ResetGeneration = 1 });
        Of(await ApplyAsync(spec), "guest").ImageDigest.ShouldBe(digest);
        await using (var person = await LogInAsync(spec, "guest"))
        {
            (await SayAsync(person, "echo it runs")).ShouldContain("it runs");
        }

        await Runtime.DeleteAsync(spec.InstanceId, Patient);
        await Instances.SaveStatusAsync(lab.Id, lab.Status with { Phase = InstancePhase.Stopped }, TimeProvider.System.GetUtcNow(), Token);
        await SweepAsync();
        using var sink = Sink();
        (await sink.ListAsync(Token)).ShouldNotContain(first.Reference);
        (await sink.ListAsync(Token)).ShouldContain(second.Reference);
        (await Engine.Engine.Volumes.FindAsync(Engine.Names.ImageContent("disk", digest), Token)).ShouldBeNull();
    }

    private async Task<LabInstance> RunningAsync(Image image) => (await Instances.AddAsync(
        new LabInstance
        {
            LabId = 1,
            LabName = "lab",
            LabVersion = "1",
            NamespacePrefix = "lab",
            Runtime = "docker",
            OwnerId = 1,
            Members = [new InstanceMember(1, InstanceRole.Owner)],
            CreatedAt = TimeProvider.System.GetUtcNow(),
            Images = ImmutableSortedDictionary<string, Image>.Empty.Add("guest", image),
        },
        new OwnerLimits(1),
        Token)).Instance;

    private async Task SweepAsync()
    {
        _sweeper ??= new UploadedImages(Catalogue, Instances, [_sweepersSink ??= Sink()], new ImageUploadLimits(), TimeProvider.System);
        await _sweeper.SweepAsync(Store, Patient);
    }
}
