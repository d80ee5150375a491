namespace LabOrchestrator.Images;

/// <summary>Where runtimes find the logins of image registries.</summary>
public interface IRegistryCredentials
{
    /// <summary>The login for a registry, or null to ask it without one.</summary>
    /// <param name="registry">Host, with port where it is not the usual one; <c>docker.io</c> for references without a host.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken);
}

/// <summary>A login of a registry.</summary>
/// <param name="Registry">Its host.</param>
/// <param name="Username">The account.</param>
/// <param name="Password">Password or token, in clear.</param>
public sealed record RegistryCredential(string Registry, string Username, string Password);
