using System.Security.Cryptography;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;

namespace LabOrchestrator.Docker.Tests.Images;

/// <summary>Disks of other hypervisors, made of a small system's, are taken in, converted and started; hostile ones are not.</summary>
[Collection<OneUploadAtATime>]
public sealed class UploadedDiskTests(EngineFixture engine, TinyDisk tiny) : UploadLab(engine, tiny)
{
    [Theory]
    [InlineData("vmdk", DiskFormat.Vmdk)]
    [InlineData("vhdx", DiskFormat.Vhdx)]
    [InlineData("raw", DiskFormat.Raw)]
    [InlineData("ova", DiskFormat.Ova)]
    public async Task A_disk_of_another_hypervisor_starts(string kind, DiskFormat format)
    {
        var file = kind == "ova" ? await CraftedMedia.OvaAsync(Tiny.Convert("vmdk", Folder), Folder, Token) : Tiny.Convert(kind, Folder);

        var upload = await UploadAsync(file);

        upload.Reason.ShouldBeNull();
        upload.State.ShouldBe(ImageUploadState.Ready);
        upload.Format.ShouldBe(format == DiskFormat.Ova ? DiskFormat.Vmdk : format);
        var image = (await Catalogue.FindAsync(upload.ImageId!.Value, Token)).ShouldNotBeNull();
        var vm = Vm("guest", "");
        var spec = Spec(vm with { Image = image });
        await ApplyAsync(spec);
        await using var person = await LogInAsync(spec, "guest");
        (await NoneIsLeftAsync()).ShouldBeTrue("what the conversion needed is gone");
    }

    [Fact]
    public async Task A_CD_is_booted_beside_an_empty_disk()
    {
        var upload = await UploadAsync(CraftedMedia.BootableCd(Folder));

        upload.Reason.ShouldBeNull();
        upload.Format.ShouldBe(DiskFormat.Iso);
        var image = (await Catalogue.FindAsync(upload.ImageId!.Value, Token)).ShouldNotBeNull();
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
        var hostile = Path.Combine(Folder, "harmless.raw");
        TinyDisk.Run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", hostile, "10M");

        var upload = await UploadAsync(hostile);

        upload.State.ShouldBe(ImageUploadState.Failed);
        upload.Reason.ShouldNotBeNull().ShouldContain("backing file");
        (await Catalogue.ListAsync(Token)).ShouldBeEmpty();

        // Nor by who would come past the first look.
        (await RefusedBySinkAsync(hostile)).ShouldContain("lies upon another one");
    }

    [Fact]
    public async Task A_disk_with_its_data_elsewhere_is_refused()
    {
        var hostile = Path.Combine(Folder, "disk.qcow2");
        TinyDisk.Run("qemu-img", "create", "-q", "-f", "qcow2", "-o", $"data_file={Folder}/elsewhere,data_file_raw=on", hostile, "10M");

        var upload = await UploadAsync(hostile);

        upload.Reason.ShouldNotBeNull().ShouldContain("in another file");
        (await RefusedBySinkAsync(hostile)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_damaged_disk_is_refused_with_what_is_wrong()
    {
        var file = Tiny.Convert("vhdx", Folder);
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

    private async Task<string> RefusedBySinkAsync(string path)
    {
        using var sink = Sink();
        var disk = new DiskImage(path, DiskFormat.Qcow2, "lab-orchestrator-upload/hostile:1", 1 << 30);
        var refusal = await Should.ThrowAsync<DiskRefusedException>(() => sink.StoreAsync(disk, _ => Task.CompletedTask, Patient));
        (await sink.ListAsync(Token)).ShouldNotContain(disk.Reference);
        return refusal.Message;
    }
}
