using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Gateway;

/// <summary>A console that somebody wants, and has proved the right to by a ticket or a prototype token.</summary>
/// <param name="UserId">Who.</param>
/// <param name="InstanceId">The lab instance.</param>
/// <param name="Machine">The machine's name.</param>
/// <param name="Console">The console's name.</param>
/// <param name="Mode">What they may do.</param>
internal sealed record ConsoleRequest(long UserId, long InstanceId, string Machine, string Console, ConsoleMode Mode);
