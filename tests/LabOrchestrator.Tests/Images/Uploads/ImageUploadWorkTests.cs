using System.Collections.Immutable;
using LabOrchestrator.Conformance;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Images.Uploads;

public sealed class ImageUploadWorkTests : IDisposable, IDiskImageSink
{
    private readonly ManualTimeProvider _time = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lab-upload-");
    private readonly InMemoryImageUploadStore _store = new();
    private readonly InMemoryImageStore _catalogue = new();
    private readonly InMemoryLabInstanceStore _instances = new();
    private readonly List<string> _stored = [];
    private readonly UploadFiles _files;
    private readonly ImageUploads _uploads;
    private readonly UploadedImages _images;
    private readonly ImageUploadWork _work;
    private Func<CancellationToken, Task> _storing = _ => Task.CompletedTask;
    private Exception? _refusal;

    public ImageUploadWorkTests()
    {
        var limits = new ImageUploadLimits { MinimumFreeDiskBytes = 0, Uploads = 3 };
        _files = new UploadFiles(_folder.FullName);
        _uploads = new ImageUploads(_store, _catalogue, _files, limits, [this], _time);
        _images = new UploadedImages(_catalogue, _instances, [this], limits, _time);
        _work = new ImageUploadWork(_uploads, _store, _files, _images, _time, NullLogger<ImageUploadWork>.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _uploads.Dispose();
        _folder.Delete(recursive: true);
    }

    async Task IDiskImageSink.StoreAsync(DiskImage disk, Func<DiskImageProgress, Task> report, CancellationToken cancellationToken)
    {
        await report(new DiskImageProgress(ImageUploadState.Converting, 40));
        await _storing(cancellationToken);
        _stored.Add(disk.Reference);
    }

    Task<IReadOnlyList<string>> IDiskImageSink.ListAsync(CancellationToken cancellationToken) =>
        _refusal is null ? Task.FromResult<IReadOnlyList<string>>([.. _stored]) : throw _refusal;

    Task IDiskImageSink.RemoveAsync(string reference, CancellationToken cancellationToken)
    {
        _stored.Remove(reference);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task An_upload_that_nobody_goes_on_with_is_removed_after_a_day()
    {
        var upload = await BeginAsync("slow");
        _time.Advance(TimeSpan.FromHours(23));
        await SendAsync(upload, 0, 100);
        _time.Advance(TimeSpan.FromHours(23));
        await _work.WorkOnceAsync(Token);
        (await _uploads.FindAsync(upload.Id, Token)).ShouldNotBeNull("bytes came within the day").Offset.ShouldBe(100);

        _time.Advance(TimeSpan.FromHours(2));
        await _work.WorkOnceAsync(Token);

        (await _uploads.FindAsync(upload.Id, Token)).ShouldBeNull();
        _folder.GetFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task While_the_engine_is_away_the_upload_waits_and_then_goes_on()
    {
        var upload = await BeginAsync("patient");
        await SendAsync(upload, 0, 1000);
        _storing = _ => throw new RuntimeUnavailableException("The engine is away.");
        await Should.ThrowAsync<RuntimeUnavailableException>(() => _work.WorkOnceAsync(Token));
        (await _uploads.FindAsync(upload.Id, Token))!.Upload.HasEnded.ShouldBeFalse();

        _storing = _ => Task.CompletedTask;
        (await _work.WorkOnceAsync(Token)).ShouldBeTrue();

        (await _uploads.FindAsync(upload.Id, Token))!.Upload.State.ShouldBe(ImageUploadState.Ready);
        (await _work.WorkOnceAsync(Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_unexpected_end_of_the_work_is_no_end_of_all_work()
    {
        var upload = await BeginAsync("unlucky");
        await SendAsync(upload, 0, 1000);
        _storing = _ =>
        {
            _storing = _ => Task.CompletedTask;
            throw new TaskCanceledException("The request was given up, and not by us.");
        };
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var running = _work.RunAsync(end.Token);

        await Eventually.ShowsAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(15));
                return (await _uploads.FindAsync(upload.Id, Token))!.Upload.State;
            },
            s => s == ImageUploadState.Ready);
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task An_upload_that_is_removed_while_it_is_converted_becomes_no_image()
    {
        var upload = await BeginAsync("gone");
        await SendAsync(upload, 0, 1000);
        _storing = async cancelled =>
        {
            (await _uploads.FindAsync(upload.Id, Token))!.Percent.ShouldBe(40);
            await _uploads.RemoveAsync(upload.Id, Token);
            cancelled.ThrowIfCancellationRequested();
        };

        await _work.WorkOnceAsync(Token);

        _stored.ShouldBeEmpty();
        (await _catalogue.ListAsync(Token)).ShouldBeEmpty();
        _folder.GetFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_no_disks_fault_is_told_too()
    {
        var upload = await BeginAsync("unlucky");
        await SendAsync(upload, 0, 1000);
        _storing = _ => throw new IOException("No space left on device.");

        await _work.WorkOnceAsync(Token);

        var ended = (await _uploads.FindAsync(upload.Id, Token))!.Upload;
        ended.State.ShouldBe(ImageUploadState.Failed);
        ended.Reason.ShouldNotBeNull().ShouldContain("No space left on device.");
        _folder.GetFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_next_version_takes_the_place_of_the_one_before()
    {
        foreach (var version in new[] { 1, 2 })
        {
            var upload = await BeginAsync("Some Server");
            upload.Version.ShouldBe($"{version}");
            await SendAsync(upload, 0, 1000);
            await _work.WorkOnceAsync(Token);
        }

        _stored.ShouldBe(["lab-orchestrator-upload/some-server:2"]);
        (await _catalogue.ListAsync(Token)).Select(i => i.Reference).ShouldBe(_stored);
    }

    [Fact]
    public async Task A_version_that_a_lab_has_stays_until_the_lab_ends()
    {
        var first = await UploadAsync("Some Server");
        var lab = await RunAsync(first);

        var second = await UploadAsync("Some Server");
        await _work.SweepAsync(Token);
        _stored.ShouldBe([first.Reference, second.Reference]);
        (await _catalogue.ListAsync(Token)).Select(i => i.Reference).ShouldBe([second.Reference]);

        await _instances.SaveStatusAsync(lab.Id, lab.Status with { Phase = InstancePhase.Stopped }, _time.GetUtcNow(), Token);
        await _work.SweepAsync(Token);
        _stored.Count.ShouldBe(2, "it is not looked for at each moment");
        _time.Advance(TimeSpan.FromMinutes(10));
        await _work.SweepAsync(Token);
        _stored.ShouldBe([second.Reference]);
    }

    [Fact]
    public async Task A_disk_that_the_database_does_not_know_stays_for_a_day()
    {
        _stored.Add("lab-orchestrator-upload/after-the-backup:1");

        await _work.SweepAsync(Token);
        _time.Advance(TimeSpan.FromHours(23));
        await _work.SweepAsync(Token);
        _stored.Count.ShouldBe(1);

        _time.Advance(TimeSpan.FromHours(1));
        await _work.SweepAsync(Token);
        _stored.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_engine_that_refuses_to_be_tidied_is_asked_again_later()
    {
        _refusal = new InvalidOperationException("volume is in use");
        _stored.Add("lab-orchestrator-upload/old:1");
        await _work.SweepAsync(Token);
        _refusal = null;
        _time.Advance(TimeSpan.FromMinutes(10));
        await _work.SweepAsync(Token);
        _time.Advance(TimeSpan.FromHours(24));

        await _work.SweepAsync(Token);

        _stored.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_image_that_was_removed_stays_for_the_labs_that_have_it_and_is_not_replaced_under_them()
    {
        var first = await UploadAsync("Some Server");
        await RunAsync(first);
        var image = (await _catalogue.ListAsync(Token)).Single();
        await _catalogue.RemoveAsync(image.Id, Token);
        await _images.RemoveAsync(image, Token);
        _stored.ShouldBe([first.Reference]);

        var again = await UploadAsync("Some Server");

        again.Reference.ShouldBe(first.Reference);
        again.State.ShouldBe(ImageUploadState.Failed);
        again.Reason.ShouldNotBeNull().ShouldContain("another version");
        _stored.ShouldBe([first.Reference]);
    }

    [Fact]
    public async Task No_more_are_begun_at_once_than_may_be_and_none_of_them_twice()
    {
        await BeginAsync("one");
        (await _uploads.BeginAsync(Wanted("one"), Token)).Reason.ShouldNotBeNull().ShouldContain("already");
        (await _uploads.BeginAsync(Wanted("One!"), Token)).Reason.ShouldNotBeNull("both would be lab-orchestrator-upload/one:1");
        await BeginAsync("two");
        await BeginAsync("three");

        (await _uploads.BeginAsync(Wanted("four"), Token)).Reason.ShouldNotBeNull().ShouldContain("3 uploads");
    }

    private async Task<ImageUpload> UploadAsync(string name)
    {
        var upload = await BeginAsync(name);
        await SendAsync(upload, 0, 1000);
        await _work.WorkOnceAsync(Token);
        return (await _uploads.FindAsync(upload.Id, Token))!.Upload;
    }

    private async Task<LabInstance> RunAsync(ImageUpload upload)
    {
        var image = (await _catalogue.FindAsync(upload.ImageId!.Value, Token))!;
        var instance = new LabInstance
        {
            LabId = 1,
            LabName = "lab",
            LabVersion = "1",
            NamespacePrefix = "lab",
            Runtime = "memory",
            OwnerId = 1,
            Members = [new InstanceMember(1, InstanceRole.Owner)],
            CreatedAt = _time.GetUtcNow(),
            Images = ImmutableSortedDictionary<string, Image>.Empty.Add("server", image),
        };
        return (await _instances.AddAsync(instance, new OwnerLimits(1), Token)).Instance;
    }

    private async Task<ImageUpload> BeginAsync(string name)
    {
        var begun = await _uploads.BeginAsync(Wanted(name), Token);
        return begun.Status.ShouldNotBeNull(begun.Reason).Upload;
    }

    private ImageUpload Wanted(string name) => new(0, name, "", 1000, 1, _time.GetUtcNow());

    private async Task SendAsync(ImageUpload upload, int from, int to)
    {
        var disk = new byte[1000];
        (disk[510], disk[511]) = (0x55, 0xaa);
        (await _uploads.AppendAsync(upload, from, new MemoryStream(disk[from..to]), Token)).Trouble.ShouldBeNull();
    }
}
