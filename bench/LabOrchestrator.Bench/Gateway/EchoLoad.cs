using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>Every browser sends 100 bytes now and then and waits for their echo.</summary>
internal static class EchoLoad
{
    private static readonly byte[] Message = new byte[100];

    public static async Task<string> RunAsync(List<RawBrowser> browsers, TimeSpan duration, TimeSpan interval)
    {
        var milliseconds = new ConcurrentBag<double>();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(browsers.Select(async (browser, index) =>
        {
            var buffer = new byte[1024];
            await EchoAsync(browser, RawBrowser.Handshake, buffer);

            // Evenly spread, so that the load is the same in each round.
            await Task.Delay(interval * index / browsers.Count, TimeProvider.System);
            for (var next = Stopwatch.GetElapsedTime(started); next < duration; next += interval)
            {
                if (next - Stopwatch.GetElapsedTime(started) is var pause && pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, TimeProvider.System);
                }

                var sent = Stopwatch.GetTimestamp();
                await EchoAsync(browser, Message, buffer);
                milliseconds.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        }));
        return string.Create(
            CultureInfo.InvariantCulture, $"{Statistics.Median(milliseconds)} {Statistics.P99(milliseconds)} {milliseconds.Count}");
    }

    private static async Task EchoAsync(RawBrowser browser, ReadOnlyMemory<byte> message, byte[] buffer)
    {
        await browser.SendAsync(message, default);
        for (var left = message.Length; left > 0;)
        {
            var got = await browser.ReceiveAsync(buffer, default);
            left -= got < 0 ? throw new IOException("The relay hung up.") : got;
        }
    }
}
