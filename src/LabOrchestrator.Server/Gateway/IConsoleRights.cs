using LabOrchestrator.Consoles;
using LabOrchestrator.Instances;

namespace LabOrchestrator.Server.Gateway;

/// <summary>Asks whether a user still may use an instance's consoles, when a ticket given out a moment ago is used.</summary>
internal interface IConsoleRights
{
    /// <summary>True when they may.</summary>
    Task<bool> MayOpenAsync(long userId, LabInstance instance, ConsoleMode mode, CancellationToken cancellationToken);
}

/// <summary>Members may: observers watch, the others also type.</summary>
internal sealed class MembersOpenConsoles : IConsoleRights
{
    public Task<bool> MayOpenAsync(long userId, LabInstance instance, ConsoleMode mode, CancellationToken cancellationToken) =>
        Task.FromResult(instance.RoleOf(userId) is { } role && (mode == ConsoleMode.View || role >= InstanceRole.Member));
}
