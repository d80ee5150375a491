using LabOrchestrator.Postgres;
using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Secrets;
using LabOrchestrator.Server.Configuration;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace LabOrchestrator.Server.Stores;

/// <summary>Where everything is kept.</summary>
internal static class StoreServices
{
    private const string KeyFile = "secrets.key";

    /// <summary>Adds the stores of an opened database. The key of what is secret in it lies outside of it, in the data directory.</summary>
    public static void AddStores(this WebApplicationBuilder builder, Settings settings, PostgresDatabase database)
    {
        builder.Services.AddPostgresStores(database, OpenKey(Path.Combine(settings.General.DataDirectory, KeyFile)));
        builder.Services.AddIdentityCore<User>().AddEntityFrameworkStores<LabDbContext>();
        builder.Services.AddDataProtection().SetApplicationName("lab-orchestrator");
        builder.Services.AddOptions<KeyManagementOptions>().Configure<DataProtectionKeys, SecretBox>((o, keys, secrets) =>
        {
            o.XmlRepository = keys;
            o.XmlEncryptor = new SealedXml(secrets);
        });
    }

    private static SecretBox OpenKey(string path)
    {
        try
        {
            return SecretBox.FromKeyFile(path);
        }
        catch (InvalidDataException e)
        {
            throw new SettingsException(e.Message);
        }
    }
}
