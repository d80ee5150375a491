using LabOrchestrator.Instances;
using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Server.Instances;

/// <summary>Changes who may see and use an instance, and takes from whoever has it open what they may no longer have.</summary>
internal sealed class MemberList(LabInstances instances, ActiveConsoles consoles)
{
    /// <summary>Gives a user a role. Who may only watch from now on can no longer type, also where a console is open.</summary>
    public async Task<ChangeResult> SetAsync(long id, long userId, InstanceRole role, CancellationToken cancellationToken)
    {
        var result = await instances.SetMemberAsync(id, userId, role, cancellationToken);
        if (result is ChangeResult.Accepted && role < InstanceRole.Member)
        {
            consoles.CloseInput(id, userId, ConsoleEnd.AccessWithdrawn);
        }

        return result;
    }

    /// <summary>Takes a user out.</summary>
    public async Task<ChangeResult> RemoveAsync(long id, long userId, CancellationToken cancellationToken)
    {
        var result = await instances.SetMemberAsync(id, userId, null, cancellationToken);
        if (result is ChangeResult.Accepted)
        {
            consoles.CloseMember(id, userId, ConsoleEnd.AccessWithdrawn);
        }

        return result;
    }
}
