namespace LabOrchestrator.Postgres.Users;

/// <summary>A personal bearer token, without its secret.</summary>
/// <param name="Id">Identity.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Scope">What it is good for.</param>
/// <param name="CreatedAt">When it was issued (UTC).</param>
/// <param name="ExpiresAt">From then on it is worth nothing (UTC).</param>
/// <param name="LastUsedAt">When it was last used, to the minute (UTC).</param>
public sealed record PersonalToken(
    long Id, long UserId, string Name, TokenScope Scope, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>What a token is good for.</summary>
public enum TokenScope
{
    /// <summary>The REST API.</summary>
    Api,

    /// <summary>The prototype's routes alone.</summary>
    Prototype,
}
