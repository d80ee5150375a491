using LabOrchestrator.Consoles;
using LabOrchestrator.Instances;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.Instances;

/// <summary>Asks the rights' rules, when a ticket given out a moment ago is used.</summary>
internal sealed class ConsoleRights(Rights rights) : IConsoleRights
{
    public Task<bool> MayOpenAsync(long userId, LabInstance instance, ConsoleMode mode, CancellationToken cancellationToken) =>
        Task.FromResult(rights.Authorize(
            new Caller(userId, "", default), mode == ConsoleMode.View ? LabAction.WatchConsoles : LabAction.UseConsoles, instance) == Decision.Granted);
}
