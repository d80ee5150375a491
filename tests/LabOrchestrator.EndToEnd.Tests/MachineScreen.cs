using System.Security.Cryptography;
using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>A virtual machine's screen as a canvas of noVNC.</summary>
internal static class MachineScreen
{
    /// <summary>Waits until the guest has booted, types, and waits until the screen shows something that it did not before.</summary>
    public static async Task SeeAnsweringAsync(IPage page, ILocator canvas)
    {
        var before = await PicturesAtRestAsync(canvas);
        await canvas.ClickAsync();
        await page.Keyboard.TypeAsync("lab");

        await Wait.UntilAsync(
            async () => !before.Contains(await PictureAsync(canvas)),
            TimeSpan.FromSeconds(60),
            () => "The machine's screen did not change after keys were typed.");
    }

    // The guest boots in software emulation, and then its cursor blinks: at rest is a screen that shows nothing new for a while.
    private static async Task<HashSet<string>> PicturesAtRestAsync(ILocator canvas)
    {
        var seen = new HashSet<string>();
        var since = TimeProvider.System.GetTimestamp();
        await Wait.UntilAsync(
            async () =>
            {
                if (seen.Add(await PictureAsync(canvas)))
                {
                    since = TimeProvider.System.GetTimestamp();
                }

                return seen.Count > 1 && TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(4);
            },
            TimeSpan.FromSeconds(180),
            () => seen.Count == 1 ? "The screen showed one picture only: nothing of the machine." : "The machine's screen never came to rest.");
        return seen;
    }

    private static async Task<string> PictureAsync(ILocator canvas) =>
        Convert.ToHexString(SHA256.HashData(await canvas.ScreenshotAsync()));
}
