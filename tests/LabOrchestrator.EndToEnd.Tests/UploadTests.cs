using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>Disks that are uploaded through the page, on the runtime in memory.</summary>
[Trait("Category", "Browser")]
public sealed class UploadTests(BrowserFixture browser) : IAsyncLifetime
{
    // What the page sends at once.
    private const int Piece = 8 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("lab-disk-").FullName;
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync("memory");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_admin_uploads_a_disk_pauses_comes_back_later_and_goes_on()
    {
        await using var page = await OpenAsync();
        var disk = await FileAsync("old server.vmdk", 5 * Piece, bootable: true);
        var pieces = await HeldPieces.OfAsync(page.Page);
        await page.Page.GetByLabel("File").SetInputFilesAsync(disk);
        await Assertions.Expect(page.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("old server");
        await page.Page.GetByLabel("Firmware").SelectOptionAsync("Uefi");
        await page.Page.GetByLabel("TPM 2.0").CheckAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();

        var item = page.Page.Locator("[data-upload='old server']");
        await PauseInSecondPieceAsync(item, pieces);
        await page.CheckAccessibilityAsync();
        await item.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Assertions.Expect(item).ToHaveAttributeAsync("data-upload-state", "Uploading");
        await PauseInSecondPieceAsync(item, pieces);

        // The page forgets the file; the server keeps what it has.
        await page.Page.UnrouteAllAsync();
        await page.ReloadAsync();
        item = page.Page.Locator("[data-upload='old server']");
        var again = item.GetByLabel("choose the same file again");
        await again.SetInputFilesAsync(await FileAsync("another", 1 << 20, bootable: true));
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("another size");
        var piece = await page.Page.RunAndWaitForRequestAsync(() => again.SetInputFilesAsync(disk), r => r.Method == "PATCH");
        (await piece.HeaderValueAsync("Upload-Offset")).ShouldBe($"{2 * Piece}", "what had arrived is not sent again");
        await Assertions.Expect(item).ToHaveAttributeAsync("data-upload-state", "Ready");
        await Assertions.Expect(item).ToContainTextAsync("ready: labs may use it");

        using var admin = await _server.SignInAsync();
        var image = (await admin.GetFromJsonAsync<JsonElement>("/api/v1/images")).EnumerateArray().Single(i => i.GetProperty("name").GetString() == "old server");
        image.GetProperty("reference").GetString().ShouldBe("lab-orchestrator-upload/old-server:1");
        image.GetProperty("hardware").GetProperty("firmware").GetString().ShouldBe("Uefi");
        image.GetProperty("hardware").GetProperty("tpm").GetBoolean().ShouldBeTrue();
        await item.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Assertions.Expect(item).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_is_no_disk_and_what_has_a_taken_name_is_told()
    {
        await using var page = await OpenAsync();
        await page.Page.GetByLabel("File").SetInputFilesAsync(await FileAsync("notes.qcow2", 100_000, bootable: false));
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("tiny-vm");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Another image is called \"tiny-vm\"");

        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("notes");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Upload", Exact = true }).ClickAsync();
        var item = page.Page.Locator("[data-upload=notes]");
        await Assertions.Expect(item).ToHaveAttributeAsync("data-upload-state", "Failed");
        await Assertions.Expect(item).ToContainTextAsync("neither the mark of a known format nor a partition table");
        await page.CheckAccessibilityAsync();
    }

    // One more piece arrives, and the one after it never does.
    private static async Task PauseInSecondPieceAsync(ILocator item, HeldPieces pieces)
    {
        await (await pieces.NextAsync()).ContinueAsync();
        var held = await pieces.NextAsync();
        await item.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(item).ToHaveAttributeAsync("data-upload-state", "Paused");
        await held.AbortAsync();
    }

    private async Task<BrowserPage> OpenAsync()
    {
        var page = await browser.OpenAsync(_server.Address);
        page.Page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await page.SignInAsync();
        await page.GotoAsync("/admin/images");
        return page;
    }

    private async Task<string> FileAsync(string name, int length, bool bootable)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        (bytes[0], bytes[510], bytes[511]) = (1, 0x55, (byte)(bootable ? 0xaa : 0));
        var path = Path.Combine(_folder, name);
        await File.WriteAllBytesAsync(path, bytes);
        return path;
    }
}
