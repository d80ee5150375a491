using LabOrchestrator.Consoles;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>
/// The WebSocket that a stock noVNC opens with <c>path=LAB_INSTANCE_ID/TOKEN</c>, from a page of whatever origin: no page knows the token
/// unless it was given it, so the token is the proof, not the origin.
/// </summary>
internal static class PrototypeConsole
{
    public static void MapPrototypeConsole(this IEndpointRouteBuilder routes) => routes
        .MapMethods("/{id:long}/{token}", [HttpMethods.Get, HttpMethods.Connect], OpenAsync)
        .AllowAnonymous()
        .ExcludeFromDescription();

    private static async Task<IResult> OpenAsync(
        long id, string token, HttpContext context, Rights rights, LabInstances instances, ILabStore labs, ConsoleRelay relay)
    {
        if (BrowserUpgrade.Refuse(context) is { } refusal)
        {
            return refusal;
        }

        if (await PrototypeAuthentication.UserOfTokenAsync(token, context) is not { } user)
        {
            return TypedResults.Problem(
                "The token is unknown or older than 600 seconds. GET /api/token makes a new one.", statusCode: StatusCodes.Status403Forbidden);
        }

        var caller = Caller.From(Caller.PrincipalOf(user, PrototypeAuthentication.SchemeName))!;
        if (await PrototypeInstances.SeenByAsync(caller, id, LabAction.WatchConsoles, rights, instances, context.RequestAborted) is not { } instance
            || await labs.FindDefinitionAsync(instance.LabId, instance.LabVersion, context.RequestAborted) is not { } lab)
        {
            return Problems.NotFound($"There is no lab instance {id}.");
        }

        foreach (var machine in lab.Machines)
        {
            if (machine.Consoles.FirstOrDefault(c => c.Kind == ConsoleKind.Graphical) is { } screen)
            {
                var mode = rights.Authorize(caller, LabAction.UseConsoles, instance) == Decision.Granted ? ConsoleMode.Interact : ConsoleMode.View;
                return await relay.RunAsync(context, new ConsoleRequest(user.Id, id, machine.Name, screen.Name, mode));
            }
        }

        return Problems.NotFound($"No machine of lab instance {id} has a screen. Its terminals are on the page.");
    }
}
