using System.ComponentModel.DataAnnotations;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace LabOrchestrator.Server.Instances;

/// <summary>Running labs: start, list, look, pause, stop.</summary>
internal static class InstanceEndpoints
{
    private const int LongestKey = 200;

    public static void MapInstances(this IEndpointRouteBuilder api)
    {
        var instances = api.MapGroup("/instances").WithTags("Instances");
        instances.MapPost("", StartAsync).WithName("StartInstance")
            .WithSummary("Starts a lab. Who has as many instances of it as the lab allows, or repeats an Idempotency-Key, is answered the one that is there, with 200. What the runtime cannot do is refused with 409, `code` and `missing`; so is a start while the last one is still being removed (`code` is `BeingRemoved`): it works a moment later.")
            .Answers<InstanceAnswer>(202).Answers<InstanceAnswer>(200).MayBe(400, 404, 409);
        instances.MapGet("", ListAsync).WithName("ListInstances").WithSummary("Instances that the user is a member of, newest first.").MayBe(400, 403);
        instances.MapGet("/{id:long}", FindAsync).WithName("FindInstance").WithSummary("One instance, with its machines' consoles and logins.")
            .Answers<InstanceDetailAnswer>(200).MayBe(404);
        instances.MapDelete("/{id:long}", StopAsync).WithName("StopInstance").WithSummary("Ends an instance; its disks are deleted.")
            .Answers<InstanceAnswer>(202).MayBe(403, 404);
        instances.MapPost("/{id:long}/pause", PauseAsync).WithName("PauseInstance").WithSummary("Freezes an instance with its memory.")
            .Answers<InstanceAnswer>(202).MayBe(403, 404, 409);
        instances.MapPost("/{id:long}/resume", ResumeAsync).WithName("ResumeInstance").WithSummary("Lets a paused instance go on.")
            .Answers<InstanceAnswer>(202).MayBe(403, 404, 409);
        instances.MapGet("/{id:long}/history", HistoryAsync).WithName("ListInstanceHistory").WithSummary("The phases an instance went through, oldest first.")
            .Answers<IReadOnlyList<PhaseAnswer>>(200).MayBe(404);
        instances.MapMembers();
        instances.MapMachines();
    }

    private static async Task<IResult> StartAsync(
        NewInstance wish,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        Caller caller,
        LabInstances instances,
        LabRuntimes runtimes,
        CancellationToken cancellationToken)
    {
        if (idempotencyKey is { Length: 0 or > LongestKey })
        {
            return Problems.Invalid("Idempotency-Key", $"The key must have 1 to {LongestKey} characters.");
        }

        if (wish.Runtime is { } name && runtimes.Find(name) is null)
        {
            return Problems.Invalid("runtime", $"There is no runtime \"{name}\". Choose one of: {string.Join(", ", runtimes.All.Select(r => r.Name))}.");
        }

        var result = await instances.StartAsync(
            new StartRequest(wish.LabId!.Value, caller.Id) { Runtime = wish.Runtime, Context = wish.Context, IdempotencyKey = idempotencyKey },
            cancellationToken);
        return result switch
        {
            StartResult.Accepted a => TypedResults.Accepted($"/api/v1/instances/{a.Instance.Id}", InstanceAnswers.Of(a.Instance, caller)),
            StartResult.Existing e => new Existing(InstanceAnswers.Of(e.Instance, caller)),
            StartResult.Refused r => Problems.Conflict(r),
            _ => Problems.NotFound($"There is no lab {wish.LabId}."),
        };
    }

    private static async Task<Results<Ok<Page<InstanceAnswer>>, ProblemHttpResult>> ListAsync(
        Caller caller,
        Rights rights,
        LabInstances instances,
        CancellationToken cancellationToken,
        long? labId = null,
        bool ended = false,
        bool all = false,
        long? before = null,
        [Range(1, 1000)] int limit = 100)
    {
        if (all && rights.Deny(caller, LabAction.SeeAllInstances) is { } denied)
        {
            return denied;
        }

        var query = new LabInstanceQuery
        {
            MemberId = all ? null : caller.Id,
            LabId = labId,
            LiveOnly = !ended,
            Before = before,
            Limit = limit + 1,
        };
        var found = await instances.ListAsync(query, cancellationToken);
        return TypedResults.Ok(Page<InstanceAnswer>.Of(
            [.. found.Select(i => InstanceAnswers.Of(i, caller))],
            limit,
            last => $"/api/v1/instances?before={last.Id}&limit={limit}&ended={(ended ? "true" : "false")}&all={(all ? "true" : "false")}"
                + (labId is null ? "" : $"&labId={labId}")));
    }

    private static Task<IResult> FindAsync(long id, Caller caller, InstanceAccess access, InstanceAnswers answers, CancellationToken cancellationToken) =>
        access.WithAsync(
            caller, id, LabAction.SeeInstance, async i => TypedResults.Ok(await answers.DetailAsync(i, caller, cancellationToken)), cancellationToken);

    private static Task<IResult> StopAsync(long id, Caller caller, InstanceAccess access, ActiveConsoles consoles, CancellationToken cancellationToken) =>
        access.ChangeAsync(
            caller,
            id,
            LabAction.ControlInstance,
            async instances =>
            {
                var result = await instances.StopAsync(id, cancellationToken);
                consoles.CloseInstance(id, ConsoleEnd.InstanceStopped);
                return result;
            },
            cancellationToken);

    private static Task<IResult> PauseAsync(long id, Caller caller, InstanceAccess access, CancellationToken cancellationToken) =>
        access.ChangeAsync(caller, id, LabAction.ControlInstance, i => i.PauseAsync(id, cancellationToken), cancellationToken);

    private static Task<IResult> ResumeAsync(long id, Caller caller, InstanceAccess access, CancellationToken cancellationToken) =>
        access.ChangeAsync(caller, id, LabAction.ControlInstance, i => i.ResumeAsync(id, cancellationToken), cancellationToken);

    private static Task<IResult> HistoryAsync(long id, Caller caller, InstanceAccess access, LabInstances instances, CancellationToken cancellationToken) =>
        access.WithAsync(
            caller,
            id,
            LabAction.SeeInstance,
            async _ => TypedResults.Ok((await instances.ListHistoryAsync(id, cancellationToken)).Select(h => new PhaseAnswer(h.Phase, h.Reason, h.At))),
            cancellationToken);

    private sealed class Existing(InstanceAnswer answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Location = $"/api/v1/instances/{answer.Id}";
            return TypedResults.Ok(answer).ExecuteAsync(httpContext);
        }
    }
}

/// <summary>A lab to start.</summary>
public sealed record NewInstance
{
    /// <summary>The lab; its newest version is taken.</summary>
    [Required]
    public long? LabId { get; init; }

    /// <summary>Name of the runtime; by default the server's first.</summary>
    [StringLength(63)]
    [OneLine]
    public string? Runtime { get; init; }

    /// <summary>What the instance belongs to outside, for example a course.</summary>
    [StringLength(200)]
    [OneLine]
    public string? Context { get; init; }
}
