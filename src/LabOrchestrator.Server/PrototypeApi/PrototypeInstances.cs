using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>Lab instances of the prototype. One that is being stopped is gone, as a deleted one was there.</summary>
internal static class PrototypeInstances
{
    private const int MostListed = 1000;

    public static void MapPrototypeInstances(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/lab_instance", ListAsync);
        routes.MapPost("/lab_instance", StartAsync);
        routes.MapGet("/lab_instance/{id:long}", FindAsync);
        routes.MapDelete("/lab_instance/{id:long}", StopAsync);
        routes.MapGet("/lab_instance/{id:long}/virtual_machine_instances", ListMachinesAsync);
        routes.MapGet("/lab_instance/{id:long}/virtual_machine_instances/{machine}", FindMachineAsync);
    }

    /// <summary>The instance where it exists for the user; null else.</summary>
    public static async Task<LabInstance?> SeenByAsync(
        Caller caller, long id, LabAction action, Rights rights, LabInstances instances, CancellationToken cancellationToken) =>
        await instances.FindAsync(id, cancellationToken) is { } instance
        && instance.Desired != DesiredState.Stopped
        && rights.Authorize(caller, action, instance) == Decision.Granted
            ? instance
            : null;

    private static async Task<IResult> ListAsync(Caller caller, LabInstances instances, CancellationToken cancellationToken)
    {
        var mine = await instances.ListAsync(new LabInstanceQuery { MemberId = caller.Id, Limit = MostListed }, cancellationToken);
        return TypedResults.Ok(mine.Where(i => i.Desired != DesiredState.Stopped).OrderBy(i => i.Id).Select(AnswerOf));
    }

    private static async Task<IResult> StartAsync(
        PrototypeParameters parameters, Caller caller, Rights rights, LabInstances instances, TimeProvider time, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.UseLabs) is { } denied)
        {
            return denied;
        }

        var labId = parameters.Id("lab_id");
        if (parameters.Problem is { } problem)
        {
            return problem;
        }

        return await PrototypeStart.StartAsync(new StartRequest(labId, caller.Id), instances, time, cancellationToken) switch
        {
            StartResult.Accepted accepted => TypedResults.Created($"/lab_instance/{accepted.Instance.Id}", AnswerOf(accepted.Instance)),
            StartResult.Existing existing => TypedResults.Ok(AnswerOf(existing.Instance)),
            StartResult.Refused refused => Problems.Conflict(refused),
            _ => Problems.Invalid("lab_id", $"There is no lab {labId}. GET /lab lists them."),
        };
    }

    private static async Task<IResult> FindAsync(
        long id, Caller caller, Rights rights, LabInstances instances, CancellationToken cancellationToken) =>
        await SeenByAsync(caller, id, LabAction.SeeInstance, rights, instances, cancellationToken) is { } instance
            ? TypedResults.Ok(AnswerOf(instance))
            : NoInstance(id);

    private static async Task<IResult> StopAsync(
        long id, Caller caller, Rights rights, LabInstances instances, CancellationToken cancellationToken)
    {
        if (await SeenByAsync(caller, id, LabAction.SeeInstance, rights, instances, cancellationToken) is not { } instance)
        {
            return NoInstance(id);
        }

        if (rights.Deny(caller, LabAction.ControlInstance, instance) is { } denied)
        {
            return denied;
        }

        return await instances.StopAsync(id, cancellationToken) switch
        {
            ChangeResult.Accepted => TypedResults.NoContent(),
            ChangeResult.Conflict conflict => Problems.Conflict(conflict.Reason),
            _ => NoInstance(id),
        };
    }

    private static async Task<IResult> ListMachinesAsync(
        long id, Caller caller, Rights rights, LabInstances instances, ILabStore labs, CancellationToken cancellationToken) =>
        await MachinesAsync(id, caller, rights, instances, labs, cancellationToken) is { } machines
            ? TypedResults.Ok(new VirtualMachineInstanceList(machines))
            : NoInstance(id);

    private static async Task<IResult> FindMachineAsync(
        long id, string machine, Caller caller, Rights rights, LabInstances instances, ILabStore labs, CancellationToken cancellationToken) =>
        (await MachinesAsync(id, caller, rights, instances, labs, cancellationToken))?.FirstOrDefault(m => m.Metadata.Name == machine) is { } found
            ? TypedResults.Ok(found)
            : Problems.NotFound($"There is no machine \"{machine}\" in lab instance {id}.");

    private static async Task<IReadOnlyList<VirtualMachineInstance>?> MachinesAsync(
        long id, Caller caller, Rights rights, LabInstances instances, ILabStore labs, CancellationToken cancellationToken) =>
        await SeenByAsync(caller, id, LabAction.SeeInstance, rights, instances, cancellationToken) is { } instance
        && await labs.FindDefinitionAsync(instance.LabId, instance.LabVersion, cancellationToken) is { } lab
            ? [.. lab.Machines.Select(m => VirtualMachineInstance.Of(instance, m))]
            : null;

    private static ProblemHttpResult NoInstance(long id) => Problems.NotFound($"There is no lab instance {id}.");

    private static object AnswerOf(LabInstance instance) => new { id = instance.Id, lab_id = instance.LabId, user_id = instance.OwnerId };
}
