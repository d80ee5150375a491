using System.Globalization;
using LabOrchestrator.Consoles;
using LabOrchestrator.Instances;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Instances;

/// <summary>Asks the rights' rules, when a ticket given out a moment ago is used. The account may have been closed since.</summary>
internal sealed class ConsoleRights(Rights rights, IServiceScopeFactory scopes) : IConsoleRights
{
    public async Task<bool> MayOpenAsync(long userId, LabInstance instance, ConsoleMode mode, CancellationToken cancellationToken)
    {
        var action = mode == ConsoleMode.View ? LabAction.WatchConsoles : LabAction.UseConsoles;
        if (rights.Authorize(new Caller(userId, "", default), action, instance) != Decision.Granted)
        {
            return false;
        }

        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        return await users.FindByIdAsync(userId.ToString(CultureInfo.InvariantCulture)) is { IsClosed: false };
    }
}
