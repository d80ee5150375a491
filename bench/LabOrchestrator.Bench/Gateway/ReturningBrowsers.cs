using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>Browsers that keep their console: when it ends they ask for a ticket and open it again, with growing pauses as a page makes.</summary>
internal static class ReturningBrowsers
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Opens them, says <c>open</c>, and answers once all came back: the seconds from the first loss to the last return, and the tries.</summary>
    public static async Task<string> RunAsync(List<RawBrowser> browsers, int count, int port, TicketSource tickets)
    {
        using var run = new Run(count, port, tickets);
        var all = Enumerable.Range(0, count).Select(i => Task.Run(() => run.KeepAsync(i))).ToArray();
        await run.AllOpen.Task;
        Console.WriteLine("open");
        browsers.AddRange(await Task.WhenAll(all));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(run.FirstLoss, run.LastReturn).TotalSeconds} {run.Tries} {run.Returned}");
    }

    private sealed class Run(int count, int port, TicketSource tickets) : IDisposable
    {
        private readonly SemaphoreSlim _connecting = new(64);
        private int _open;
        private int _returned;
        private int _tries;
        private long _firstLoss;
        private long _lastReturn;

        public TaskCompletionSource AllOpen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long FirstLoss => _firstLoss;

        public long LastReturn => _lastReturn;

        public int Tries => _tries;

        public int Returned => _returned;

        public void Dispose() => _connecting.Dispose();

        public async Task<RawBrowser> KeepAsync(int index)
        {
            using (var browser = await OpenAsync())
            {
                if (Interlocked.Increment(ref _open) == count)
                {
                    AllOpen.SetResult();
                }

                await UntilLostAsync(browser);
            }

            Interlocked.CompareExchange(ref _firstLoss, Stopwatch.GetTimestamp(), 0);
            var random = new Random(index);
            for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                await Task.Delay(pause * (0.5 + random.NextDouble()), TimeProvider.System);
                Interlocked.Increment(ref _tries);
                try
                {
                    var again = await OpenAsync();
                    Volatile.Write(ref _lastReturn, Stopwatch.GetTimestamp());
                    Interlocked.Increment(ref _returned);
                    return again;
                }
                catch (Exception e) when (e is IOException or SocketException or HttpRequestException)
                {
                    // The server is not back yet.
                }
            }
        }

        private async Task<RawBrowser> OpenAsync()
        {
            await _connecting.WaitAsync();
            try
            {
                var browser = await RawBrowser.ConnectAsync(port, $"/api/v1/console?ticket={await tickets.NextAsync(default)}", default);
                await browser.ReceiveGreetingAsync(default);
                return browser;
            }
            finally
            {
                _connecting.Release();
            }
        }

        private static async Task UntilLostAsync(RawBrowser browser)
        {
            var buffer = new byte[256];
            try
            {
                do
                {
                    await browser.WaitAsync(default);
                }
                while (await browser.ReceiveAsync(buffer, default) >= 0);
            }
            catch (SocketException)
            {
                // Reset: lost as well.
            }
        }
    }
}
