namespace LabOrchestrator.Server.Gateway;

/// <summary>Pings silent browsers, ends those that do not answer, and closes all consoles when the server stops.</summary>
internal sealed class ConsoleUpkeep(ActiveConsoles consoles, GatewayTimes times, IHostApplicationLifetime lifetime, TimeProvider time)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var onStop = lifetime.ApplicationStopping.Register(consoles.Stop);
        using var timer = new PeriodicTimer(times.LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                LookAfterAll();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops; the lifetime has told the consoles.
        }
    }

    private void LookAfterAll()
    {
        foreach (var console in consoles.All)
        {
            if (console.Browser is not { } browser)
            {
                continue;
            }

            if (browser.InputIsHeldUp)
            {
                // The machine has had its time to take what a browser sent before it left.
                if (console.BrowserLeft.IsCancellationRequested && browser.SilentFor > times.PingAfter)
                {
                    console.Close(ConsoleEnd.BrowserGone);
                }
            }
            else if (browser.SilentFor > times.PingAfter + times.PongWithin)
            {
                console.Close(ConsoleEnd.BrowserSilent);
            }
            else
            {
                _ = PingAsync(browser);
            }
        }
    }

    private async Task PingAsync(BrowserSocket browser)
    {
        try
        {
            await browser.PingWhenSilentAsync(times.PingAfter);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Its relay finds the same, and ends.
        }
    }
}
