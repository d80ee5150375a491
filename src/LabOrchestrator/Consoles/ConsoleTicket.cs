namespace LabOrchestrator.Consoles;

/// <summary>The right of one user to open one console once, soon.</summary>
/// <param name="UserId">Whose it is.</param>
/// <param name="InstanceId">The lab instance.</param>
/// <param name="Machine">The machine's name.</param>
/// <param name="Console">The console's name.</param>
/// <param name="Mode">What the holder may do.</param>
/// <param name="ExpiresAt">From then on it is worth nothing (UTC).</param>
public sealed record ConsoleTicket(long UserId, long InstanceId, string Machine, string Console, ConsoleMode Mode, DateTimeOffset ExpiresAt);
