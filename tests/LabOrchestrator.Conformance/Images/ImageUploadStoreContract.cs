using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;

namespace LabOrchestrator.Conformance.Images;

/// <summary>What every <see cref="IImageUploadStore"/> keeps to. Each test gets an empty store.</summary>
public abstract class ImageUploadStoreContract
{
    private static readonly DateTimeOffset Morning = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An empty store.</summary>
    protected abstract ValueTask<IImageUploadStore> OpenAsync();

    [Fact]
    public async Task An_upload_comes_back_whole_at_its_begin_and_at_its_end()
    {
        var store = await OpenAsync();
        var begun = new ImageUpload(0, "windows", "3", 5L << 30, 7, Morning)
        {
            Sha256 = new string('a', 64),
            Description = "An old server",
            LoginUser = "lab",
            Hardware = new ImageHardware { Firmware = Firmware.Uefi, Tpm = true, Tablet = false, DiskBus = DiskBus.Scsi },
        };

        var added = await store.AddAsync(begun, Token);

        added.Id.ShouldBeGreaterThan(0);
        (await store.FindAsync(added.Id, Token)).ShouldBe(begun with { Id = added.Id });
        var ended = added with
        {
            State = ImageUploadState.Failed,
            Format = DiskFormat.Ova,
            Reason = "It has no disk.",
            ImageId = 12,
            UpdatedAt = Morning.AddHours(1),
        };
        (await store.UpdateAsync(ended, Token)).ShouldBeTrue();
        (await store.FindAsync(added.Id, Token)).ShouldBe(ended);
    }

    [Fact]
    public async Task Uploads_are_listed_with_the_newest_first_until_they_are_removed()
    {
        var store = await OpenAsync();
        var one = await store.AddAsync(new ImageUpload(0, "one", "1", 1, 1, Morning), Token);
        var two = await store.AddAsync(new ImageUpload(0, "two", "1", 1, 1, Morning), Token);

        (await store.ListAsync(Token)).ShouldBe([two, one]);
        (await store.RemoveAsync(two.Id, Token)).ShouldBeTrue();
        (await store.ListAsync(Token)).ShouldBe([one]);
    }

    [Fact]
    public async Task What_was_removed_does_not_come_back_by_a_change()
    {
        var store = await OpenAsync();
        var upload = await store.AddAsync(new ImageUpload(0, "one", "1", 1, 1, Morning), Token);
        await store.RemoveAsync(upload.Id, Token);

        (await store.UpdateAsync(upload with { State = ImageUploadState.Ready }, Token)).ShouldBeFalse();
        (await store.RemoveAsync(upload.Id, Token)).ShouldBeFalse();
        (await store.FindAsync(upload.Id, Token)).ShouldBeNull();
        (await store.ListAsync(Token)).ShouldBeEmpty();
    }
}
