using LabOrchestrator.Instances;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.Operation;

/// <summary>The state of the installation, for those who look after it.</summary>
internal static class SystemEndpoints
{
    public static void MapSystem(this IEndpointRouteBuilder api)
    {
        var system = api.MapGroup("/system").WithTags("System");
        system.MapGet("", FindAsync).WithName("FindSystem").WithSummary("Engines, queue, orphans, and labs that could not be imported or cannot run everywhere; for admins.")
            .Answers<SystemAnswer>(200).MayBe(403);
        system.MapDelete("/orphans/{runtime}/{instanceId:long}", RemoveOrphanAsync).WithName("RemoveOrphan")
            .WithSummary("Deletes what an engine holds of an instance that the database does not know; for admins.").Answers(204).MayBe(403, 404);
    }

    private static async Task<IResult> FindAsync(
        Caller caller, Rights rights, SystemReport report, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.ManageSystem) is { } denied ? denied : TypedResults.Ok(await report.MakeAsync(cancellationToken));

    private static async Task<IResult> RemoveOrphanAsync(
        string runtime, long instanceId, Caller caller, Rights rights, Orphans orphans, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.ManageSystem) is { } denied ? denied
        : await orphans.DeleteAsync(runtime, instanceId, cancellationToken) ? TypedResults.NoContent()
        : Problems.NotFound($"There is no orphan {instanceId} on the runtime \"{runtime}\".");
}
