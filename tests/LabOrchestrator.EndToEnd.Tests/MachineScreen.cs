using System.Security.Cryptography;
using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>A virtual machine's screen as a canvas of noVNC.</summary>
internal static class MachineScreen
{
    // Before its first picture a screen is black, or has no size at all.
    private const string HasColour = """
        canvas => canvas.width > 0 && canvas.height > 0
            && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value, index) => index % 4 < 3 && value > 0)
        """;

    /// <summary>Waits until the guest has booted, types, and waits until the screen shows something that it did not before.</summary>
    /// <param name="page">The page.</param>
    /// <param name="canvas">The screen.</param>
    /// <param name="boots">Whether the screen changes before it rests; one of the runtime in memory shows one picture until keys come.</param>
    /// <param name="hasFocus">Whether keys reach it already; else it is clicked.</param>
    public static async Task SeeAnsweringAsync(IPage page, ILocator canvas, bool boots = true, bool hasFocus = false)
    {
        var before = await PicturesAtRestAsync(canvas, least: boots ? 2 : 1);
        if (!hasFocus)
        {
            await canvas.ClickAsync();
        }

        await page.Keyboard.TypeAsync("lab");

        await Wait.UntilAsync(
            async () => !before.Contains(await PictureAsync(canvas)),
            TimeSpan.FromSeconds(60),
            () => "The machine's screen did not change after keys were typed.");
    }

    // The guest boots in software emulation, and then its cursor blinks: at rest is a screen that shows nothing new for a while.
    private static async Task<HashSet<string>> PicturesAtRestAsync(ILocator canvas, int least)
    {
        await Wait.UntilAsync(() => canvas.EvaluateAsync<bool>(HasColour), TimeSpan.FromSeconds(60), () => "The machine's screen stayed black.");
        var seen = new HashSet<string>();
        var since = TimeProvider.System.GetTimestamp();
        await Wait.UntilAsync(
            async () =>
            {
                if (seen.Add(await PictureAsync(canvas)))
                {
                    since = TimeProvider.System.GetTimestamp();
                }

                return seen.Count >= least && TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(4);
            },
            TimeSpan.FromSeconds(180),
            () => seen.Count < least ? "The screen showed one picture only: nothing of the machine." : "The machine's screen never came to rest.");
        return seen;
    }

    private static async Task<string> PictureAsync(ILocator canvas) =>
        Convert.ToHexString(SHA256.HashData(await canvas.ScreenshotAsync()));
}
