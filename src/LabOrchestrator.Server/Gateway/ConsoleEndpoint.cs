using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Gateway;

/// <summary>The WebSocket of a console, opened with a ticket.</summary>
internal static class ConsoleEndpoint
{
    /// <summary>Everything that can be checked without the ticket comes first, so that a broken request does not use it up.</summary>
    public static async Task<IResult> OpenAsync(HttpContext context, string? ticket, ConsoleTickets tickets, ConsoleRelay relay)
    {
        if (string.IsNullOrEmpty(ticket))
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]>
            {
                ["ticket"] = ["Pass the ticket that a POST to the console's tickets answered."],
            });
        }

        if (BrowserUpgrade.Refuse(context) is { } refusal)
        {
            return refusal;
        }

        if (!BrowserUpgrade.IsSameOrigin(context.Request))
        {
            return TypedResults.Problem(
                "Consoles open only from a page of this host. A proxy in front must pass the Host header on.",
                statusCode: StatusCodes.Status403Forbidden);
        }

        if (await tickets.RedeemAsync(ticket, context.RequestAborted) is not { } redeemed)
        {
            return TypedResults.Problem(
                "The ticket is unknown, used or older than 30 seconds. Ask for a new one.", statusCode: StatusCodes.Status403Forbidden);
        }

        return await relay.RunAsync(
            context, new ConsoleRequest(redeemed.UserId, redeemed.InstanceId, redeemed.Machine, redeemed.Console, redeemed.Mode));
    }
}
