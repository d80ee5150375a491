using LabOrchestrator.Instances;
using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.Pages;

/// <summary>Starting labs, and what owners do with instances.</summary>
internal static class InstanceForms
{
    /// <summary>Maps what the forms post to.</summary>
    public static void MapInstanceForms(this IEndpointRouteBuilder endpoints)
    {
        var group = PageForms.Group(endpoints);
        group.RequireAuthorization();
        group.MapPost("/labs/{id:long}/start", StartAsync);
        Control(group, "stop", (i, id, token) => i.StopAsync(id, token), onward: "/");
        Control(group, "pause", (i, id, token) => i.PauseAsync(id, token));
        Control(group, "resume", (i, id, token) => i.ResumeAsync(id, token));
        Machine(group, "power-off", LabAction.PowerMachines, (i, id, m, token) => i.PowerOffAsync(id, m, token));
        Machine(group, "power-on", LabAction.PowerMachines, (i, id, m, token) => i.PowerOnAsync(id, m, token));
        Machine(group, "restart", LabAction.PowerMachines, (i, id, m, token) => i.RestartAsync(id, m, token));
        Machine(group, "reset", LabAction.ControlInstance, (i, id, m, token) => i.ResetAsync(id, m, token));
    }

    private static async Task<IResult> StartAsync(long id, Caller caller, LabInstances instances, CancellationToken cancellationToken) =>
        await instances.StartAsync(new StartRequest(id, caller.Id), cancellationToken) switch
        {
            StartResult.Accepted accepted => TypedResults.LocalRedirect($"/instances/{accepted.Instance.Id}"),
            StartResult.Existing existing => TypedResults.LocalRedirect($"/instances/{existing.Instance.Id}"),
            StartResult.Refused refused => PageForms.Problem(refused.Reason, "/", StatusCodes.Status409Conflict),
            _ => TypedResults.NotFound(),
        };

    private static void Control(
        RouteGroupBuilder group, string verb, Func<LabInstances, long, CancellationToken, Task<ChangeResult>> act, string? onward = null) => group.MapPost(
        $"/instances/{{id:long}}/{verb}",
        async (long id, Caller caller, LabInstances instances, Rights rights, CancellationToken token) =>
            await MayAsync(id, caller, LabAction.ControlInstance, instances, rights, token)
                ? PageForms.After(await act(instances, id, token), onward ?? $"/instances/{id}")
                : TypedResults.NotFound());

    private static void Machine(
        RouteGroupBuilder group, string verb, LabAction action, Func<LabInstances, long, string, CancellationToken, Task<ChangeResult>> act) => group.MapPost(
        $"/instances/{{id:long}}/machines/{{machine}}/{verb}",
        async (long id, string machine, Caller caller, LabInstances instances, Rights rights, CancellationToken token) =>
            await MayAsync(id, caller, action, instances, rights, token)
                ? PageForms.After(await act(instances, id, machine, token), $"/instances/{id}#{Uri.EscapeDataString(machine)}")
                : TypedResults.NotFound());

    private static async Task<bool> MayAsync(
        long id, Caller caller, LabAction action, LabInstances instances, Rights rights, CancellationToken cancellationToken) =>
        await instances.FindAsync(id, cancellationToken) is { } instance && rights.Authorize(caller, action, instance) == Decision.Granted;
}
