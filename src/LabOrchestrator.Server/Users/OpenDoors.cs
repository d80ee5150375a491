using LabOrchestrator.Consoles;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Instances;

namespace LabOrchestrator.Server.Users;

/// <summary>What a user has open: consoles, streams of events, and browsers' sessions of web consoles.</summary>
internal sealed class OpenDoors(ActiveConsoles consoles, InstanceEvents events, WebSessions sessions)
{
    /// <summary>Closes everything of a user. The sessions come first: who asks once more, after being thrown out, finds none.</summary>
    public async Task CloseAsync(long userId, ConsoleEnd end, CancellationToken cancellationToken)
    {
        await sessions.EndAllAsync(userId, cancellationToken);
        consoles.CloseUser(userId, end);
        events.EndOf(userId);
    }
}
