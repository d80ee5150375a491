using LabOrchestrator.Consoles;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Pages;
using LabOrchestrator.Stores;
using Microsoft.Extensions.Localization;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>
/// The way of a request to a machine's web port: whose it is, whether a page of the port itself asks, whether they still may, and then on
/// to the machine. It ends when the right is withdrawn.
/// </summary>
internal sealed partial class WebGate(
    WebVisits visits, WebEntrance entrance, WebForwarder forwarder, WebAnswers answers, ActiveConsoles consoles, IStringLocalizer<Texts> texts,
    ILogger<WebGate> logger)
{
    /// <summary>Serves a request.</summary>
    public async Task ServeAsync(HttpContext context, WebPlace place)
    {
        try
        {
            await (place switch
            {
                WebPlace.PathEntrance => entrance.OpenPathAsync(context),
                WebPlace.Host host when context.Request.Path == WebPlaces.HostEntrance => entrance.OpenHostAsync(context, host.Port),
                WebPlace.Host host => KnockAsync(context, place, host.Port, OwnCookie.Read(context.Request)),
                WebPlace.Path path => KnockAsync(context, place, path.Port, path.Secret),
                _ => answers.ProblemAsync(context, StatusCodes.Status404NotFound, texts["WebPort.Nowhere"], null),
            });
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The browser has gone.
        }
        catch (Exception e) when (e is StoreUnavailableException or RuntimeUnavailableException && !context.Response.HasStarted)
        {
            await answers.ProblemAsync(context, StatusCodes.Status503ServiceUnavailable, texts["WebPort.Away"], null, isPassing: true);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            LogFailed(e, context.Request.Host.Value, context.Request.Path);
            context.Response.Clear();
            await answers.ProblemAsync(context, StatusCodes.Status500InternalServerError, texts["WebPort.Failed"], null);
        }
    }

    private async Task KnockAsync(HttpContext context, WebPlace place, WebPort port, string? secret)
    {
        if (secret is null || await visits.FindAsync(secret, context.RequestAborted) is not { } session
            || session.InstanceId != port.InstanceId || session.Machine != port.Machine)
        {
            await answers.ProblemAsync(context, StatusCodes.Status401Unauthorized, texts["WebPort.NoSession"], null);
            return;
        }

        switch (place is WebPlace.Path ? WebGuard.OfPath(context.Request) : WebGuard.OfHost(context.Request))
        {
            case WebGuard.Verdict.Ask:
                await answers.AskAsync(context, session.Page);
                return;
            case WebGuard.Verdict.Refuse:
                await answers.ProblemAsync(context, StatusCodes.Status403Forbidden, texts["WebPort.OtherPage"], session.Page);
                return;
        }

        if (!IsPassedOn(context) || WebPlaces.TargetOf(context.Request) is not { } target)
        {
            await answers.ProblemAsync(context, StatusCodes.Status405MethodNotAllowed, texts["WebPort.Method"], session.Page);
            return;
        }

        await EnterAsync(context, place, port, secret, session, target);
    }

    private async Task EnterAsync(HttpContext context, WebPlace place, WebPort port, string secret, WebSession session, string target)
    {
        // First entered, then looked up: of a withdrawal and a request at the same time, one sees the other.
        var console = consoles.Enter(WebVisits.RequestOf(session));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        using var stopping = consoles.Stopping.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), end);
        console.CancelWhenClosed(end);
        try
        {
            switch (await visits.ResolveAsync(secret, session, end.Token))
            {
                case ConsoleResolution.FoundPort found when found.Console.Port == port.Port:
                    await PassAsync(context, new WebVisit(place, port, found.Ports, target, session.Page), end.Token);
                    break;
                case ConsoleResolution.NotNow notNow:
                    await answers.ProblemAsync(context, StatusCodes.Status503ServiceUnavailable, notNow.Detail, session.Page, isPassing: true);
                    break;
                case ConsoleResolution.Forbidden:
                    await answers.ProblemAsync(context, StatusCodes.Status403Forbidden, texts["WebPort.Forbidden"], session.Page);
                    break;
                default:
                    await answers.ProblemAsync(context, StatusCodes.Status404NotFound, texts["WebPort.Nowhere"], session.Page);
                    break;
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The right has gone, or the server stops, in the middle of an answer.
            context.Abort();
        }
        finally
        {
            consoles.Leave(console);
        }
    }

    private async Task PassAsync(HttpContext context, WebVisit visit, CancellationToken cancellationToken)
    {
        if (visit.Place is not WebPlace.Path path)
        {
            await forwarder.ForwardAsync(context, visit, cancellationToken);
            return;
        }

        var rest = visit.Target[path.Prefix.Length..];
        if (rest is not ['/', ..])
        {
            context.Response.Redirect(path.Prefix + "/" + rest);
            return;
        }

        if (HttpMethods.IsOptions(context.Request.Method) && context.Request.Headers.AccessControlRequestMethod.Count > 0)
        {
            ResponseRules.LockIn(context.Response);
            context.Response.Headers.AccessControlAllowMethods = context.Request.Headers.AccessControlRequestMethod;
            context.Response.Headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await forwarder.ForwardAsync(context, visit with { Target = rest }, cancellationToken);
    }

    // What a TRACE answers tells scripts of headers that they may not see; CONNECT is for proxies, but for WebSockets over HTTP/2.
    private static bool IsPassedOn(HttpContext context) =>
        !HttpMethods.IsTrace(context.Request.Method) && (!HttpMethods.IsConnect(context.Request.Method) || WebSockets.IsAskedFor(context));

    [LoggerMessage(1, LogLevel.Error, "A request for a web port failed: {Host}{Path}.")]
    private partial void LogFailed(Exception exception, string? host, string path);
}
