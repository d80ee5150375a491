using LabOrchestrator.Images;

namespace LabOrchestrator.Conformance.Images;

/// <summary>What every <see cref="IImageStore"/> keeps to. Each test gets an empty store.</summary>
public abstract class ImageStoreContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An empty store.</summary>
    protected abstract ValueTask<IImageStore> OpenAsync();

    [Fact]
    public async Task An_added_image_comes_back_whole()
    {
        var store = await OpenAsync();
        var image = VmImage("windows") with
        {
            LoginUser = "lab",
            Hardware = new ImageHardware { Firmware = Firmware.Uefi, DiskBus = DiskBus.Sata, Nic = NicModel.E1000 },
        };

        var added = await store.AddAsync(image, Token);

        added.ShouldNotBeNull();
        added.Id.ShouldBeGreaterThan(0);
        added.ShouldBe(image with { Id = added.Id });
        (await store.FindAsync(added.Id, Token)).ShouldBe(added);
    }

    [Fact]
    public async Task An_image_without_login_user_has_none_when_read()
    {
        var store = await OpenAsync();
        var added = await store.AddAsync(new Image(0, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, ""), Token);

        (await store.FindAsync(added!.Id, Token))!.LoginUser.ShouldBeNull();
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        var store = await OpenAsync();
        await store.AddAsync(VmImage("tiny-vm"), Token);

        (await store.AddAsync(VmImage("tiny-vm") with { Reference = "example/other:1" }, Token)).ShouldBeNull();
        (await store.ListAsync(Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Of_many_that_add_one_name_at_once_one_wins()
    {
        var store = await OpenAsync();
        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => store.AddAsync(VmImage("tiny-vm"), Token))));

        added.Count(i => i is not null).ShouldBe(1);
    }

    [Fact]
    public async Task Images_are_listed_by_name()
    {
        var store = await OpenAsync();
        foreach (var name in new[] { "terminal", "alpine", "debian-vm" })
        {
            await store.AddAsync(VmImage(name), Token);
        }

        (await store.ListAsync(Token)).Select(i => i.Name).ShouldBe(["alpine", "debian-vm", "terminal"]);
    }

    [Fact]
    public async Task An_update_replaces_everything_but_the_identity()
    {
        var store = await OpenAsync();
        var added = await store.AddAsync(VmImage("tiny-vm"), Token);
        var changed = new Image(added!.Id, "tiny-vm-2", "example/tiny:2", ImageKind.Container, "Another") { LoginUser = "root" };

        (await store.UpdateAsync(changed, Token)).ShouldBeTrue();
        (await store.FindAsync(added.Id, Token)).ShouldBe(changed);
    }

    [Fact]
    public async Task An_update_to_the_name_of_another_image_is_refused()
    {
        var store = await OpenAsync();
        await store.AddAsync(VmImage("one"), Token);
        var two = await store.AddAsync(VmImage("two"), Token);

        (await store.UpdateAsync(two! with { Name = "one" }, Token)).ShouldBeFalse();
        (await store.FindAsync(two.Id, Token))!.Name.ShouldBe("two");
    }

    [Fact]
    public async Task Unknown_images_are_said_to_be_unknown()
    {
        var store = await OpenAsync();

        (await store.FindAsync(4711, Token)).ShouldBeNull();
        (await store.UpdateAsync(VmImage("tiny-vm") with { Id = 4711 }, Token)).ShouldBeFalse();
        (await store.RemoveAsync(4711, Token)).ShouldBeFalse();
        (await store.ListAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_removed_image_is_gone_and_its_name_is_free()
    {
        var store = await OpenAsync();
        var added = await store.AddAsync(VmImage("tiny-vm"), Token);

        (await store.RemoveAsync(added!.Id, Token)).ShouldBeTrue();
        (await store.FindAsync(added.Id, Token)).ShouldBeNull();
        (await store.AddAsync(VmImage("tiny-vm"), Token)).ShouldNotBeNull();
    }

    private static Image VmImage(string name) => new(0, name, $"lab-orchestrator/{name}:1", ImageKind.Vm, "A small system.");
}
