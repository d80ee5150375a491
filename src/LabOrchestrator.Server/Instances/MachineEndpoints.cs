using LabOrchestrator.Consoles;
using LabOrchestrator.Instances;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace LabOrchestrator.Server.Instances;

/// <summary>The machines of a running lab, and the way to their consoles.</summary>
internal static class MachineEndpoints
{
    private delegate Task<ChangeResult> MachineChange(LabInstances instances, long id, string machine, CancellationToken cancellationToken);

    public static void MapMachines(this IEndpointRouteBuilder instances)
    {
        var machines = instances.MapGroup("/{id:long}/machines/{machine}");
        machines.MapChange("power-on", "Powers a machine on.", LabAction.PowerMachines, (i, id, m, token) => i.PowerOnAsync(id, m, token));
        machines.MapChange("power-off", "Powers a machine off; its disk is kept.", LabAction.PowerMachines, (i, id, m, token) => i.PowerOffAsync(id, m, token));
        machines.MapChange("restart", "Restarts a machine with its disk.", LabAction.PowerMachines, (i, id, m, token) => i.RestartAsync(id, m, token));
        machines.MapChange("reset", "Returns a machine to its image; its disk is lost.", LabAction.ControlInstance, (i, id, m, token) => i.ResetAsync(id, m, token));
        machines.MapPost("/consoles/{console}/tickets", TicketAsync).WithName("IssueTicket")
            .WithSummary("Makes a ticket that opens a console once, within 30 seconds.").Answers<TicketAnswer>(201).MayBe(400, 403, 404, 409);
        machines.MapGet("/screenshot", ScreenshotAsync).WithName("FindScreenshot")
            .WithSummary("A picture of a machine's screen, at most five seconds old, for those who may watch it.")
            .Produces(200, contentType: "image/png").MayBe(403, 404, 409);
    }

    private static void MapChange(this IEndpointRouteBuilder machines, string verb, string summary, LabAction action, MachineChange change) =>
        machines.MapPost($"/{verb}", (long id, string machine, Caller caller, InstanceAccess access, CancellationToken cancellationToken) =>
                access.ChangeAsync(caller, id, action, i => change(i, id, machine, cancellationToken), cancellationToken))
            .WithName(string.Concat(verb.Split('-').Select(w => char.ToUpperInvariant(w[0]) + w[1..])) + "Machine")
            .WithSummary(summary).Answers<InstanceAnswer>(202).MayBe(403, 404, 409);

    private static Task<IResult> ScreenshotAsync(
        long id, string machine, Caller caller, InstanceAccess access, ScreenshotDesk desk, HttpContext context) =>
        access.WithAsync(caller, id, LabAction.WatchConsoles, i => desk.AnswerAsync(i, machine, context), context.RequestAborted);

    private static Task<IResult> TicketAsync(
        long id,
        string machine,
        string console,
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] TicketRequest? request,
        Caller caller,
        InstanceAccess access,
        ConsoleCounter counter,
        HttpContext context)
    {
        var mode = request?.Mode ?? ConsoleMode.Interact;
        var action = mode == ConsoleMode.View ? LabAction.WatchConsoles : LabAction.UseConsoles;
        return access.WithAsync(
            caller,
            id,
            action,
            _ => counter.IssueAsync(new ConsoleRequest(caller.Id, id, machine, console, mode), context.Request, context.RequestAborted),
            context.RequestAborted);
    }
}

/// <summary>What a ticket is for.</summary>
public sealed record TicketRequest
{
    /// <summary><c>Interact</c> (the default), or <c>View</c> to watch only.</summary>
    public ConsoleMode? Mode { get; init; }
}

/// <summary>A ticket.</summary>
/// <param name="Ticket">The secret.</param>
/// <param name="ExpiresAt">From then on it is worth nothing (UTC).</param>
/// <param name="Address">What it opens: a WebSocket, or the page of a web console.</param>
public sealed record TicketAnswer(string Ticket, DateTimeOffset ExpiresAt, string Address);
