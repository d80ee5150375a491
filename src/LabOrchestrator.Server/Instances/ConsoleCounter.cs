using LabOrchestrator.Consoles;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.WebPorts;

namespace LabOrchestrator.Server.Instances;

/// <summary>Where tickets are given out: to who may open the console, when it is there. A browser learns here why not, for it is not told at the socket.</summary>
internal sealed class ConsoleCounter(IConsoleDirectory directory, ConsoleTickets tickets, WebPlaces places)
{
    public async Task<IResult> IssueAsync(ConsoleRequest request, HttpRequest asked, CancellationToken cancellationToken)
    {
        switch (await directory.ResolveAsync(request, cancellationToken))
        {
            case ConsoleResolution.Found:
                return await IssueAsync(request, secret => $"/api/v1/console?ticket={secret}", cancellationToken);
            case ConsoleResolution.FoundPort found:
                var port = new WebPort(request.InstanceId, request.Machine, found.Console.Port!.Value);
                return await IssueAsync(request, secret => places.EntranceFor(asked, port, secret), cancellationToken);
            case ConsoleResolution.NotNow notNow:
                return Problems.Conflict(notNow.Detail);
            case ConsoleResolution.Unknown unknown:
                return Problems.NotFound(unknown.Detail);
            default:
                return Problems.Forbidden("You may watch this lab, and not type in it.");
        }
    }
    private async Task<IResult> IssueAsync(ConsoleRequest request, Func<string, string> addressOf, CancellationToken cancellationToken)
    {
        var (secret, expiresAt) = await tickets.IssueAsync(
            request.UserId, request.InstanceId, request.Machine, request.Console, request.Mode, cancellationToken);
        var address = addressOf(secret);
        return TypedResults.Created(address, new TicketAnswer(secret, expiresAt, address));
    }
}
