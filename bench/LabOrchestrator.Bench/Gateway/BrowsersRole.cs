using System.Diagnostics;
using System.Globalization;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>The browsers' side, in a process of its own. Commands come and answers go by lines.</summary>
internal static class BrowsersRole
{
    /// <summary>Arguments: <c>PORT gateway</c> or <c>PORT websockify</c>.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        var port = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var tickets = arguments[1] == "gateway" ? new TicketSource(port) : null;
        var browsers = new List<RawBrowser>();
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            var numbers = words[1..].Select(w => long.Parse(w, CultureInfo.InvariantCulture)).ToArray();
            Console.WriteLine(words[0] switch
            {
                "open" => await OpenAsync(browsers, (int)numbers[0], port, tickets),
                "flood" => await FloodAsync(browsers, numbers[0]),
                "greet" => await GreetAsync(browsers),
                "echo" => await EchoLoad.RunAsync(browsers, TimeSpan.FromSeconds(numbers[0]), TimeSpan.FromMilliseconds(numbers[1])),
                "keep" => await ReturningBrowsers.RunAsync(browsers, (int)numbers[0], port, tickets!),
                "close" => Close(browsers),
                _ => throw new ArgumentException($"Unknown command {line}."),
            });
        }
    }

    private static async Task<string> OpenAsync(List<RawBrowser> browsers, int count, int port, TicketSource? tickets)
    {
        // A few at a time: the listen queue of a relay is not what is measured.
        foreach (var some in Enumerable.Range(0, count).Chunk(16))
        {
            browsers.AddRange(await Task.WhenAll(some.Select(async _ =>
            {
                var path = tickets is null ? "/websockify" : $"/api/v1/console?ticket={await tickets.NextAsync(default)}";
                var browser = await RawBrowser.ConnectAsync(port, path, default);
                await browser.ReceiveGreetingAsync(default);
                return browser;
            })));
        }

        return "opened";
    }

    private static async Task<string> GreetAsync(List<RawBrowser> browsers)
    {
        foreach (var browser in browsers)
        {
            await browser.SendAsync(RawBrowser.Handshake, default);
        }

        return "greeted";
    }

    private static async Task<string> FloodAsync(List<RawBrowser> browsers, long bytes)
    {
        var started = Stopwatch.GetTimestamp();
        var threads = browsers.Select(b => Task.Factory.StartNew(() => b.Receive(bytes, new byte[262_144]), TaskCreationOptions.LongRunning)).ToList();
        await GreetAsync(browsers);
        await Task.WhenAll(threads);
        return Stopwatch.GetElapsedTime(started).TotalSeconds.ToString(CultureInfo.InvariantCulture);
    }

    private static string Close(List<RawBrowser> browsers)
    {
        browsers.ForEach(b => b.Dispose());
        browsers.Clear();
        return "closed";
    }
}
