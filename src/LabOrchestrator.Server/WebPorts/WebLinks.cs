using LabOrchestrator.Consoles;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Instances;
using LabOrchestrator.Server.Pages;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>The address that opens a web console in a tab of its own: it gets a ticket and leads there, without a script.</summary>
internal static class WebLinks
{
    /// <summary>Maps it.</summary>
    public static void MapWebLinks(this IEndpointRouteBuilder endpoints) => endpoints
        .MapGet("/instances/{id:long}/machines/{machine}/consoles/{console}/open", OpenAsync)
        .RequireAuthorization()
        .ExcludeFromDescription();

    private static async Task<IResult> OpenAsync(
        long id, string machine, string console, Caller caller, InstanceAccess access, ConsoleCounter counter, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        var request = new ConsoleRequest(caller.Id, id, machine, console, ConsoleMode.Interact);
        var result = await access.WithAsync(
            caller, id, LabAction.UseConsoles, _ => counter.IssueAsync(request, context.Request, context.RequestAborted), context.RequestAborted);
        return result switch
        {
            Created<TicketAnswer> { Value: { } ticket } when !ticket.Address.StartsWith("/api/", StringComparison.Ordinal) => TypedResults.Redirect(ticket.Address),
            Created<TicketAnswer> => TypedResults.LocalRedirect($"/instances/{id}#{Uri.EscapeDataString(machine)}"),
            ProblemHttpResult problem => PageForms.Problem(problem.ProblemDetails.Detail ?? "", $"/instances/{id}", problem.StatusCode),
            _ => result,
        };
    }
}
