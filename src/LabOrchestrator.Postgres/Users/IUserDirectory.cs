namespace LabOrchestrator.Postgres.Users;

/// <summary>Questions about all accounts that Identity's stores do not answer.</summary>
public interface IUserDirectory
{
    /// <summary>Accounts in order of identity, those after <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<User>> ListAsync(long after, int limit, CancellationToken cancellationToken);

    /// <summary>The names (display name, else account name) of accounts; unknown identities are left out.</summary>
    Task<IReadOnlyDictionary<long, string>> NamesAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken);

    /// <summary>How many open accounts have the role of an admin.</summary>
    Task<int> CountAdminsAsync(CancellationToken cancellationToken);
}
