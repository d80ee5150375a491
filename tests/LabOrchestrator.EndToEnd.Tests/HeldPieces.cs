using System.Threading.Channels;
using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>The pieces of uploads that a page sends: each is held until the test lets it go or gives it up.</summary>
internal sealed class HeldPieces
{
    private readonly Channel<IRoute> _held = Channel.CreateBounded<IRoute>(16);

    public static async Task<HeldPieces> OfAsync(IPage page)
    {
        var pieces = new HeldPieces();
        await page.RouteAsync(
            "**/api/v1/image-uploads/*",
            route => route.Request.Method == "PATCH" ? pieces._held.Writer.WriteAsync(route).AsTask() : route.ContinueAsync());
        return pieces;
    }

    /// <summary>Waits for a piece that the page sends.</summary>
    public async Task<IRoute> NextAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        return await _held.Reader.ReadAsync(patience.Token);
    }
}
