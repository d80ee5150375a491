using LabOrchestrator.Runtimes;
using Microsoft.AspNetCore.Http.Features;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>Passes one request on to a machine, and its answer back, as they come.</summary>
internal sealed class WebForwarder(WebConnections connections, WebAnswers answers, WebSockets sockets, TimeProvider time)
{
    // Long enough for programs that are asked to wait for news.
    private static readonly TimeSpan HeadersWithin = TimeSpan.FromMinutes(2);

    /// <summary>Serves a request until it ends, or until the token says that it may no longer.</summary>
    public async Task ForwardAsync(HttpContext context, WebVisit visit, CancellationToken cancellationToken)
    {
        var isSocket = WebSockets.IsAskedFor(context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        using var request = RequestFor(context, visit, isSocket);
        using var answer = await SendAsync(context, request, visit, cancellationToken);
        if (answer is null)
        {
            return;
        }

        if (answer.StatusCode == System.Net.HttpStatusCode.SwitchingProtocols)
        {
            await (isSocket ? sockets.JoinAsync(context, answer, visit, cancellationToken) : NotHttpAsync(context, visit));
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        ResponseRules.Copy(answer, context.Response, visit.Place, visit.Page);
        await CopyBodyAsync(context, answer, cancellationToken);
    }

    private static HttpRequestMessage RequestFor(HttpContext context, WebVisit visit, bool isSocket)
    {
        var request = WebConnections.Request(
            isSocket ? HttpMethod.Get : HttpMethod.Parse(context.Request.Method), visit.Port, visit.Target, visit.Ports);
        if (!isSocket && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            request.Content = new StreamContent(context.Request.Body);
        }
        else if (context.Request.ContentLength == 0)
        {
            request.Content = new ByteArrayContent([]);
        }

        RequestRules.Copy(context.Request, request, visit.Place);
        if (isSocket)
        {
            WebSockets.Ask(context, request);
        }

        return request;
    }

    private async Task<HttpResponseMessage?> SendAsync(HttpContext context, HttpRequestMessage request, WebVisit visit, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(s => ((CancellationTokenSource)s!).Cancel(), patience, HeadersWithin, Timeout.InfiniteTimeSpan);
        try
        {
            return await connections.SendAsync(request, patience.Token);
        }
        catch (HttpRequestException e) when (e.InnerException is ConsoleUnavailableException closed)
        {
            await answers.ProblemAsync(context, StatusCodes.Status502BadGateway, closed.Message, visit.Page, isPassing: true);
        }
        catch (HttpRequestException e) when (e.InnerException is RuntimeUnavailableException away)
        {
            await answers.ProblemAsync(context, StatusCodes.Status503ServiceUnavailable, away.Message, visit.Page, isPassing: true);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded)
        {
            await NotHttpAsync(context, visit);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            await answers.ProblemAsync(
                context, StatusCodes.Status502BadGateway, $"The machine \"{visit.Port.Machine}\" ended the connection before it answered.", visit.Page, isPassing: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await answers.ProblemAsync(
                context, StatusCodes.Status504GatewayTimeout,
                $"The machine \"{visit.Port.Machine}\" did not answer on port {visit.Port.Port} in time. Look in the machine what its program does.", visit.Page, isPassing: true);
        }

        return null;
    }

    private Task NotHttpAsync(HttpContext context, WebVisit visit) => answers.ProblemAsync(
        context, StatusCodes.Status502BadGateway,
        $"What listens on port {visit.Port.Port} of the machine \"{visit.Port.Machine}\" does not speak plain HTTP. Where it speaks HTTPS, let it speak HTTP: the way there is inside the lab.",
        visit.Page);

    private static async Task CopyBodyAsync(HttpContext context, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            // What comes piece by piece is wanted piece by piece.
            await context.Response.StartAsync(cancellationToken);
            var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            await StreamCopy.RunAsync(body, context.Response.Body, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The browser is to see that the answer is cut.
            context.Abort();
        }
    }
}
