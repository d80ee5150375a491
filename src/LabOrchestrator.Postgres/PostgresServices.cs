using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Postgres.Consoles;
using LabOrchestrator.Postgres.Images;
using LabOrchestrator.Postgres.Instances;
using LabOrchestrator.Postgres.Labs;
using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LabOrchestrator.Postgres;

/// <summary>Puts the stores on PostgreSQL into a host.</summary>
public static class PostgresServices
{
    /// <summary>
    /// Adds the stores of an opened database, its <see cref="LabDbContext"/> (for Identity's stores), access tokens and the key ring.
    /// </summary>
    public static IServiceCollection AddPostgresStores(this IServiceCollection services, PostgresDatabase database, SecretBox secrets)
    {
        services.AddSingleton(database.Installation);
        services.AddSingleton(secrets);
        services.AddDbContextFactory<LabDbContext>(o => o.UseNpgsql(database.ConnectionString));
        services.AddSingleton<LabDatabase>();
        services.AddSingleton<IImageStore, PostgresImageStore>();
        services.AddSingleton<IImageUploadStore, PostgresImageUploadStore>();
        services.AddSingleton<IRegistryCredentialStore, PostgresRegistryCredentialStore>();
        services.AddSingleton<IRegistryCredentials>(p => p.GetRequiredService<IRegistryCredentialStore>());
        services.AddSingleton<ILabStore, PostgresLabStore>();
        services.AddSingleton<ILabInstanceStore, PostgresLabInstanceStore>();
        services.AddSingleton<IConsoleTicketStore, PostgresConsoleTicketStore>();
        services.AddSingleton<IWebSessionStore, PostgresWebSessionStore>();
        services.AddSingleton<IAccessTokenStore, AccessTokenStore>();
        services.AddSingleton<IUserDirectory, UserDirectory>();
        services.AddSingleton<DataProtectionKeys>();
        services.AddSingleton(p => new DatabaseHealth(p.GetRequiredService<LabDatabase>()));
        return services;
    }
}
