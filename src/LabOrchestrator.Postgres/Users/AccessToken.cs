namespace LabOrchestrator.Postgres.Users;

/// <summary>A secret that speaks for an account at the API. Only the SHA-256 of the secret is kept.</summary>
/// <param name="Id">Identity; 0 before it is stored.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Scope">Where it works.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
/// <param name="ExpiresAt">From then on it is worth nothing (UTC).</param>
public sealed record AccessToken(
    long Id, long UserId, string Name, AccessTokenScope Scope, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>When it was last used (UTC), to the minute; null for never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>Where an access token works.</summary>
public enum AccessTokenScope
{
    /// <summary>At <c>/api/v1</c>.</summary>
    Api,

    /// <summary>At the prototype's routes only.</summary>
    Prototype,
}
