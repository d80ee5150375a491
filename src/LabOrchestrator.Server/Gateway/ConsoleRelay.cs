using System.Diagnostics;
using LabOrchestrator.Consoles;
using LabOrchestrator.Runtimes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Gateway;

/// <summary>
/// Joins a browser with a console of a machine: resolve, authorise, dial, only then accept the browser's socket, copy both ways, stop
/// both at the first end, wait for both, record why.
/// </summary>
internal sealed partial class ConsoleRelay(
    IConsoleDirectory directory, ActiveConsoles consoles, GatewayTimes times, GatewayMetrics metrics, TimeProvider time, ILogger<ConsoleRelay> logger)
{
    /// <summary>
    /// Serves a console over a WebSocket request until it ends. The request's right was proved by the caller (a ticket, a prototype
    /// token), who has also looked at its Origin where that matters.
    /// </summary>
    /// <returns>A problem when it could not be opened (403, 404, 409, 426, 503), else an empty result after its end.</returns>
    public async Task<IResult> RunAsync(HttpContext context, ConsoleRequest request)
    {
        if (BrowserUpgrade.Refuse(context) is { } refusal)
        {
            return refusal;
        }

        var console = consoles.Enter(request);
        try
        {
            if (consoles.Stopping.IsCancellationRequested)
            {
                return Problem(StatusCodes.Status503ServiceUnavailable, "The server is stopping. Try again when it is back.");
            }

            var (dialled, problem) = await DialAsync(console, context.RequestAborted);
            if (dialled is null)
            {
                metrics.Refused(request.Mode, problem!.StatusCode);
                return problem;
            }

            await using var machine = dialled.Stream;
            await ServeAsync(context, console, dialled);
            return TypedResults.Empty;
        }
        finally
        {
            consoles.Leave(console);
        }
    }

    private async Task<(Dialled? Dialled, ProblemHttpResult? Problem)> DialAsync(ActiveConsole console, CancellationToken aborted)
    {
        var request = console.Request;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var timer = time.CreateTimer(s => ((CancellationTokenSource)s!).Cancel(), patience, times.DialWithin, Timeout.InfiniteTimeSpan);
        try
        {
            switch (await directory.ResolveAsync(request, patience.Token))
            {
                case ConsoleResolution.Unknown unknown:
                    return (null, Problem(StatusCodes.Status404NotFound, unknown.Detail));
                case ConsoleResolution.Forbidden:
                    return (null, Problem(StatusCodes.Status403Forbidden, "You may no longer open this console."));
                case ConsoleResolution.NotNow notNow:
                    return (null, Problem(StatusCodes.Status409Conflict, notNow.Detail));
                case ConsoleResolution.FoundPort:
                    return (null, Problem(StatusCodes.Status409Conflict, "This is a web console. Open the address that its ticket came with."));
                case ConsoleResolution.Found found:
                    var stream = await found.Consoles.OpenAsync(request.InstanceId, request.Machine, found.Console, patience.Token);
                    return (new Dialled(stream, found.Console.Kind), null);
                case var other:
                    throw new UnreachableException($"Unknown resolution {other}.");
            }
        }
        catch (ConsoleUnavailableException e)
        {
            return (null, Problem(StatusCodes.Status409Conflict, e.Message));
        }
        catch (RuntimeUnavailableException e)
        {
            LogDialFailed(e, request.InstanceId, request.Machine, request.Console);
            return (null, Problem(StatusCodes.Status503ServiceUnavailable, e.Message));
        }
        catch (OperationCanceledException e) when (!aborted.IsCancellationRequested)
        {
            LogDialFailed(e, request.InstanceId, request.Machine, request.Console);
            return (null, Problem(
                StatusCodes.Status503ServiceUnavailable,
                $"The machine \"{request.Machine}\" did not accept the console within {times.DialWithin.TotalSeconds:0} s. Try again."));
        }
    }

    private async Task ServeAsync(HttpContext context, ActiveConsole console, Dialled dialled)
    {
        using var browser = await BrowserUpgrade.AcceptAsync(context, time);
        console.BrowserLeft = context.RequestAborted;
        console.Browser = browser;
        consoles.Opened(console);
        metrics.Opened(dialled.Kind, console.Request.Mode);
        LogOpened(console.Request.UserId, console.Request.InstanceId, console.Request.Machine, console.Request.Console, console.Request.Mode);

        var up = new BrowserToMachine(browser, dialled.Stream, InputOf(dialled.Kind, console.Request.Mode));
        var down = new MachineToBrowser(OutputOf(dialled, browser));
        var end = await CopyAsync(context, console, up, down);

        var lasted = time.GetElapsedTime(console.StartedAt);
        metrics.Closed(dialled.Kind, console.Request.Mode, end, up.Bytes, down.Bytes, lasted);
        LogClosed(
            down.MachineFailure ?? up.MachineFailure, console.Request.InstanceId, console.Request.Machine, console.Request.Console,
            end.Reason, lasted, up.Bytes, down.Bytes);
    }

    private async Task<ConsoleEnd> CopyAsync(HttpContext context, ActiveConsole console, BrowserToMachine up, MachineToBrowser down)
    {
        using var stop = new CancellationTokenSource();
        var upTask = up.RunAsync(stop.Token);
        var downTask = SendAsync(context, console.Browser!, down, stop.Token);
        var end = await await Task.WhenAny(downTask, upTask, console.CloseRequest);
        await stop.CancelAsync();

        // From here on the browser may take its time to fetch what is on its way and to close, but not for ever: a connection that is
        // closed while the browser still sends is reset, and loses the tail.
        using var limit = new CancellationTokenSource(end.CanBeSent ? times.CloseWithin : TimeSpan.Zero, time);
        using var atStop = consoles.Stopping.Register(() => limit.CancelAfter(times.CloseWithinAtStop));
        using var abort = limit.Token.Register(static c => ((HttpContext)c!).Abort(), context);
        await downTask;
        if (end.CanBeSent)
        {
            try
            {
                await console.Browser!.SendCloseAsync(end);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The browser is gone; the other direction ends by the same.
            }
        }

        if (await upTask is { CanBeSent: true } refusal && refusal != ConsoleEnd.BrowserClosed)
        {
            await up.DrainAsync();
        }

        return end;
    }

    private async Task<ConsoleEnd> SendAsync(HttpContext context, BrowserSocket browser, MachineToBrowser down, CancellationToken stop)
    {
        // Only screens send enough for it to matter.
        if (down.IsGraphical && BrowserUpgrade.PlainSocketOf(context) is { } socket)
        {
            try
            {
                await browser.SendDirectlyAsync(socket, times.FirstPongWithin);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                return ConsoleEnd.BrowserGone;
            }
        }

        browser.IsPinged = true;
        return await down.RunAsync(stop);
    }

    private static IConsoleInput InputOf(ConsoleKind kind, ConsoleMode mode) =>
        kind == ConsoleKind.Terminal ? new TerminalInput(mode) : new RfbInput(mode);

    private static IConsoleOutput OutputOf(Dialled dialled, BrowserSocket browser) =>
        dialled.Kind == ConsoleKind.Terminal ? new TerminalOutput(dialled.Stream, browser) : new GraphicalOutput(dialled.Stream, browser);

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    [LoggerMessage(1, LogLevel.Information, "User {UserId} opened the console {InstanceId}/{Machine}/{Console} to {Mode}.")]
    private partial void LogOpened(long userId, long instanceId, string machine, string console, ConsoleMode mode);

    [LoggerMessage(2, LogLevel.Information,
        "The console {InstanceId}/{Machine}/{Console} ended ({Reason}) after {Lasted}; {BytesUp} bytes to the machine, {BytesDown} from it.")]
    private partial void LogClosed(
        Exception? exception, long instanceId, string machine, string console, string reason, TimeSpan lasted, long bytesUp, long bytesDown);

    [LoggerMessage(3, LogLevel.Warning, "The console {InstanceId}/{Machine}/{Console} could not be dialled.")]
    private partial void LogDialFailed(Exception exception, long instanceId, string machine, string console);

    private sealed record Dialled(Stream Stream, ConsoleKind Kind);
}
