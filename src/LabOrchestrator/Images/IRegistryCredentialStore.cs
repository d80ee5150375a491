namespace LabOrchestrator.Images;

/// <summary>Where the logins of image registries are kept; passwords are encrypted there.</summary>
public interface IRegistryCredentialStore : IRegistryCredentials
{
    /// <summary>Registries and accounts, by registry; never with their passwords.</summary>
    Task<IReadOnlyList<RegistryAccount>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Keeps a login, in place of the registry's former one.</summary>
    Task SaveAsync(RegistryCredential credential, CancellationToken cancellationToken);

    /// <summary>Forgets a registry's login; false when there is none.</summary>
    Task<bool> RemoveAsync(string registry, CancellationToken cancellationToken);
}

/// <summary>Which account is used at a registry.</summary>
/// <param name="Registry">Its host.</param>
/// <param name="Username">The account.</param>
public sealed record RegistryAccount(string Registry, string Username);
