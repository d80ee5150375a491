using System.Collections.Immutable;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Images;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Docker.Tests.Images;

/// <summary>Disks of other hypervisors, made of a small system's, are taken in, converted and started; hostile ones are not.</summary>
public sealed class UploadedDiskTests(EngineFixture engine, TinyDisk tiny) : EngineLab(engine), IClassFixture<TinyDisk>
{
    private readonly InMemoryImageStore _catalogue = new();
    private readonly InMemoryImageUploadStore _store = new();
    private readonly InMemoryLabInstanceStore _instances = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lab-upload-");
    private ContainerDiskSink? _sweepersSink;
    private UploadedImages? _sweeper;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _sweepersSink?.Dispose();
        using var sink = Sink();
        foreach (var image in await _catalogue.ListAsync(CancellationToken.None))
        {
            await sink.RemoveAsync(image.Reference, CancellationToken.None);
        }

        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("vmdk", DiskFormat.Vmdk)]
    [InlineData("vhdx", DiskFormat.Vhdx)]
    [InlineData("raw", DiskFormat.Raw)]
    [InlineData("ova", DiskFormat.Ova)]
    public async Task A_disk_of_another_hypervisor_starts(string kind, DiskFormat format)
    {
        var file = kind == "ova" ? await OvaAsync() : tiny.Convert(kind, _folder.FullName);

        var upload = await UploadAsync(file);

        upload.Reason.ShouldBeNull();
        upload.State.ShouldBe(ImageUploadState.Ready);
        upload.Format.ShouldBe(format == DiskFormat.Ova ? DiskFormat.Vmdk : format);
        var image = (await _catalogue.FindAsync(upload.ImageId!.Value, Token)).ShouldNotBeNull();
        var vm = Vm("guest", "");
        var spec = Spec(vm with { Image = image });
        await ApplyAsync(spec);
        await using var person = await LogInAsync(spec, "guest");
        (await NoneIsLeftAsync()).ShouldBeTrue("what the conversion needed is gone");
    }

    [Fact]
    public async Task A_CD_is_booted_beside_an_empty_disk()
    {
        var upload = await UploadAsync(BootableCd());

        upload.Reason.ShouldBeNull();
        upload.Format.ShouldBe(DiskFormat.Iso);
        var image = (await _catalogue.FindAsync(upload.ImageId!.Value, Token)).ShouldNotBeNull();
        image.Hardware.Media.ShouldBe(ImageMedia.Cdrom);
        var vm = Vm("guest", "");
        var spec = Spec(vm with { Image = image, Definition = vm.Definition with { DiskBytes = 2L << 30 } });
        await ApplyAsync(spec);
        await using var person = await AttachAsync(spec, "guest");
        await person.ReadUntilAsync("booted from the CD", Patient);
        (await InLauncherAsync(spec, "guest", "qemu-img info --force-share /state/disk.qcow2")).ShouldContain("2147483648 bytes");
    }

    [Fact]
    public async Task A_disk_that_names_a_file_of_the_host_is_refused()
    {
        var hostile = Path.Combine(_folder.FullName, "harmless.raw");
        TinyDisk.Run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", hostile, "10M");

        var upload = await UploadAsync(hostile);

        upload.State.ShouldBe(ImageUploadState.Failed);
        upload.Reason.ShouldNotBeNull().ShouldContain("backing file");
        (await _catalogue.ListAsync(Token)).ShouldBeEmpty();

        // Nor by who would come past the first look.
        (await RefusedBySinkAsync(hostile)).ShouldContain("lies upon another one");
    }

    [Fact]
    public async Task A_disk_with_its_data_elsewhere_is_refused()
    {
        var hostile = Path.Combine(_folder.FullName, "disk.qcow2");
        TinyDisk.Run("qemu-img", "create", "-q", "-f", "qcow2", "-o", $"data_file={_folder.FullName}/elsewhere,data_file_raw=on", hostile, "10M");

        var upload = await UploadAsync(hostile);

        upload.Reason.ShouldNotBeNull().ShouldContain("in another file");
        (await RefusedBySinkAsync(hostile)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_damaged_disk_is_refused_with_what_is_wrong()
    {
        var file = tiny.Convert("vhdx", _folder.FullName);
        await using (var disk = File.OpenWrite(file))
        {
            // Its headers, but not what is looked at before qemu-img does.
            disk.Position = 64 << 10;
            await disk.WriteAsync(RandomNumberGenerator.GetBytes(128 << 10), Token);
        }

        var upload = await UploadAsync(file);

        upload.State.ShouldBe(ImageUploadState.Failed);
        upload.Reason.ShouldNotBeNull().ShouldContain("VHDX");
        (await NoneIsLeftAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Installations_of_one_engine_keep_images_of_the_same_name_apart()
    {
        var neighbour = Installation.Create();
        using var mine = Sink();
        using var theirs = new ContainerDiskSink(
            new EngineClient(Engine.Options.SocketPath, TimeProvider.System), new EngineNames(neighbour), neighbour, Engine.Options);
        var disk = new DiskImage(tiny.Convert("qcow2", _folder.FullName), DiskFormat.Qcow2, $"lab-orchestrator-upload/same-{Guid.NewGuid():N}:1", 1 << 30);
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
    public async Task An_image_that_an_earlier_server_stored_is_found_by_its_reference()
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
        var first = await UploadAsync(tiny.Convert("qcow2", _folder.FullName), name);
        var image = (await _catalogue.FindAsync(first.ImageId!.Value, Token)).ShouldNotBeNull();
        var spec = Spec(Vm("guest", "") with { Image = image });
        var digest = Of(await ApplyAsync(spec), "guest").ImageDigest.ShouldNotBeNull();
        var lab = await RunningAsync(image);

        var second = await UploadAsync(tiny.Convert("raw", _folder.FullName), name);
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
        await _instances.SaveStatusAsync(lab.Id, lab.Status with { Phase = InstancePhase.Stopped }, TimeProvider.System.GetUtcNow(), Token);
        await SweepAsync();
        using var sink = Sink();
        (await sink.ListAsync(Token)).ShouldNotContain(first.Reference);
        (await sink.ListAsync(Token)).ShouldContain(second.Reference);
        (await Engine.Engine.Volumes.FindAsync(Engine.Names.ImageContent("disk", digest), Token)).ShouldBeNull();
    }

    private async Task<LabInstance> RunningAsync(Image image) => (await _instances.AddAsync(
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
        _sweeper ??= new UploadedImages(_catalogue, _instances, [_sweepersSink ??= Sink()], new ImageUploadLimits(), TimeProvider.System);
        await _sweeper.SweepAsync(_store, Patient);
    }

    private async Task<ImageUpload> UploadAsync(string path, string? name = null)
    {
        var time = TimeProvider.System;
        using var sink = Sink();
        var files = new UploadFiles(Path.Combine(_folder.FullName, "uploads"));
        var limits = new ImageUploadLimits { MinimumFreeDiskBytes = 0 };
        using var uploads = new ImageUploads(_store, _catalogue, files, limits, [sink], time);
        var work = new ImageUploadWork(
            uploads, _store, files, new UploadedImages(_catalogue, _instances, [sink], limits, time), time, NullLogger<ImageUploadWork>.Instance);
        name ??= $"Up {Guid.NewGuid():N}"[..12];
        var begun = await uploads.BeginAsync(
            new ImageUpload(0, name, "", new FileInfo(path).Length, 1, time.GetUtcNow()) { Description = "An \"old\" $ystem", LoginUser = "lab" }, Token);
        var upload = begun.Status.ShouldNotBeNull(begun.Reason).Upload;
        await using (var bytes = File.OpenRead(path))
        {
            (await uploads.AppendAsync(upload, 0, bytes, Token)).Trouble.ShouldBeNull();
        }

        (await work.WorkOnceAsync(Patient)).ShouldBeTrue();
        return (await _store.FindAsync(upload.Id, Token)).ShouldNotBeNull();
    }

    private async Task<string> RefusedBySinkAsync(string path)
    {
        using var sink = Sink();
        var disk = new DiskImage(path, DiskFormat.Qcow2, "lab-orchestrator-upload/hostile:1", 1 << 30);
        var refusal = await Should.ThrowAsync<DiskRefusedException>(() => sink.StoreAsync(disk, _ => Task.CompletedTask, Patient));
        (await sink.ListAsync(Token)).ShouldNotContain(disk.Reference);
        return refusal.Message;
    }

    private ContainerDiskSink Sink() =>
        new(new EngineClient(Engine.Options.SocketPath, TimeProvider.System), Engine.Names, Engine.Installation, Engine.Options);

    private async Task<bool> NoneIsLeftAsync()
    {
        string[] ours = [EngineLabels.Of(Engine.Installation), $"{EngineLabels.Role}={EngineRoles.Upload}"];
        return (await Engine.Engine.Containers.ListAsync(ours, Token)).Count == 0 && (await Engine.Engine.Volumes.ListAsync(ours, Token)).Count == 0;
    }

    // As VirtualBox and VMware write them, with the disk packed as the standard allows.
    private async Task<string> OvaAsync()
    {
        var disk = tiny.Convert("vmdk", _folder.FullName);
        var packed = disk + ".gz";
        await using (var target = new GZipStream(File.Create(packed), CompressionLevel.Fastest))
        await using (var source = File.OpenRead(disk))
        {
            await source.CopyToAsync(target, Token);
        }

        var description = Path.Combine(_folder.FullName, "tiny.ovf");
        await File.WriteAllTextAsync(description, """
            <?xml version="1.0"?>
            <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
              <References><File ovf:id="file1" ovf:href="tiny-disk1.vmdk.gz" ovf:compression="gzip"/></References>
              <DiskSection><Info>Disks</Info><Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="269484032"/></DiskSection>
            </Envelope>
            """, Token);
        var ova = Path.Combine(_folder.FullName, "tiny.ova");
        await using var tar = new TarWriter(File.Create(ova), TarEntryFormat.Ustar);
        await tar.WriteEntryAsync(description, "tiny.ovf", Token);
        await tar.WriteEntryAsync(packed, "tiny-disk1.vmdk.gz", Token);
        return ova;
    }

    private string BootableCd()
    {
        // Says again and again on the first serial line: xor ax,ax; mov ds,ax; L: mov si,text; cld; N: lodsb; test al,al; jz W;
        // mov dx,0x3f8; out dx,al; jmp N; W: mov cx,-1; loop $; jmp L.
        byte[] code =
        [
            0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x1a, 0x7c, 0xfc, 0xac, 0x84, 0xc0, 0x74, 0x06, 0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf5,
            0xb9, 0xff, 0xff, 0xe2, 0xfe, 0xeb, 0xea, .. "booted from the CD\r\n\0"u8,
        ];
        var tree = Directory.CreateDirectory(Path.Combine(_folder.FullName, "cd"));
        File.WriteAllBytes(Path.Combine(tree.FullName, "boot.img"), [.. code, .. new byte[2048 - code.Length]]);
        var iso = Path.Combine(_folder.FullName, "installer.iso");
        TinyDisk.Run("genisoimage", "-quiet", "-b", "boot.img", "-no-emul-boot", "-boot-load-size", "4", "-o", iso, tree.FullName);
        return iso;
    }
}
