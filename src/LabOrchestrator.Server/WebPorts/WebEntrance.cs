using LabOrchestrator.Consoles;
using LabOrchestrator.Server.Pages;
using Microsoft.Extensions.Localization;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>Where a ticket becomes a session: a cookie of the port's host, or a secret in the path.</summary>
internal sealed class WebEntrance(ConsoleTickets tickets, WebSessions sessions, WebAnswers answers, IStringLocalizer<Texts> texts)
{
    /// <summary>Opens a port on its own host: <c>?ticket=…&amp;page=ORIGIN</c>.</summary>
    public async Task OpenHostAsync(HttpContext context, WebPort port)
    {
        if (OriginOf(context.Request.Query["page"]) is not { } page)
        {
            await answers.ProblemAsync(context, StatusCodes.Status400BadRequest, texts["WebPort.NoTicket"], null);
        }
        else if (await RedeemAsync(context, port) is { } ticket)
        {
            OwnCookie.Write(context.Response, await sessions.StartAsync(ticket, page, context.RequestAborted));
            await answers.LeadAsync(context, "/", page);
        }
        else
        {
            await answers.ProblemAsync(context, StatusCodes.Status403Forbidden, texts["WebPort.NoTicket"], page);
        }
    }

    /// <summary>Opens a port on a path of this server: <c>?ticket=…&amp;port=LABEL</c>.</summary>
    public async Task OpenPathAsync(HttpContext context)
    {
        var page = WebPlaces.OriginOf(context.Request);
        if (WebPort.Parse(context.Request.Query["port"].ToString()) is { } port && await RedeemAsync(context, port) is { } ticket)
        {
            var secret = await sessions.StartAsync(ticket, page, context.RequestAborted);
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            context.Response.Redirect(WebPlaces.PathOf(port, secret) + "/");
        }
        else
        {
            await answers.ProblemAsync(context, StatusCodes.Status403Forbidden, texts["WebPort.NoTicket"], page);
        }
    }

    private async Task<ConsoleTicket?> RedeemAsync(HttpContext context, WebPort port) =>
        HttpMethods.IsGet(context.Request.Method)
        && context.Request.Query["ticket"] is [{ Length: > 0 } secret]
        && await tickets.RedeemAsync(secret, context.RequestAborted) is { Mode: ConsoleMode.Interact } ticket
        && ticket.InstanceId == port.InstanceId
        && ticket.Machine == port.Machine
            ? ticket
            : null;

    // It comes to stand in a policy, so it may be nothing but an origin.
    private static string? OriginOf(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
            ? $"{uri.Scheme}://{uri.IdnHost}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}"
            : null;
}
