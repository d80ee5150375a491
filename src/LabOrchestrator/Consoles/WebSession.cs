namespace LabOrchestrator.Consoles;

/// <summary>The right of one browser to use one web console of a machine until it expires or is withdrawn.</summary>
/// <param name="UserId">Whose it is.</param>
/// <param name="InstanceId">The lab instance.</param>
/// <param name="Machine">The machine's name.</param>
/// <param name="Console">The console's name.</param>
/// <param name="Page">Origin of the page that may show it in a frame, for example <c>https://lab.example.org</c>.</param>
/// <param name="ExpiresAt">From then on it is worth nothing (UTC).</param>
public sealed record WebSession(long UserId, long InstanceId, string Machine, string Console, string Page, DateTimeOffset ExpiresAt);
