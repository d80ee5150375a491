using LabOrchestrator.Instances;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Instances;

/// <summary>Lets users at instances: finds, asks for the right, acts, answers.</summary>
internal sealed class InstanceAccess(LabInstances instances, Rights rights)
{
    /// <summary>Does something with an instance that the user may do it with; otherwise answers why not.</summary>
    public async Task<IResult> WithAsync(
        Caller caller, long id, LabAction action, Func<LabInstance, Task<IResult>> act, CancellationToken cancellationToken)
    {
        if (await instances.FindAsync(id, cancellationToken) is not { } instance)
        {
            return NotFound(id);
        }

        return rights.Authorize(caller, action, instance) == Decision.Hidden
            ? NotFound(id)
            : rights.Deny(caller, action, instance) is { } denied ? denied : await act(instance);
    }

    /// <summary>Has an instance changed; the change goes on after the answer.</summary>
    public Task<IResult> ChangeAsync(
        Caller caller, long id, LabAction action, Func<LabInstances, Task<ChangeResult>> change, CancellationToken cancellationToken) =>
        WithAsync(caller, id, action, async _ => Answer(await change(instances), caller), cancellationToken);

    /// <summary>What came of a change, as an answer.</summary>
    public static IResult Answer(ChangeResult result, Caller caller) => result switch
    {
        ChangeResult.Accepted accepted => TypedResults.Accepted($"/api/v1/instances/{accepted.Instance.Id}", InstanceAnswers.Of(accepted.Instance, caller)),
        ChangeResult.Conflict conflict => Problems.Conflict(conflict.Reason),
        _ => Problems.NotFound("There is no such machine in this lab instance."),
    };

    private static ProblemHttpResult NotFound(long id) => Problems.NotFound($"There is no lab instance {id}, or it is not yours.");
}
