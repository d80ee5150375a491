using LabOrchestrator.Installations;
using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Stores;

/// <summary>Where everything is kept.</summary>
internal static class StoreServices
{
    /// <summary>Adds the stores.</summary>
    public static void AddStores(this WebApplicationBuilder builder, Settings settings)
    {
        _ = settings;
        builder.Services.AddInMemoryStores();
        builder.Services.AddSingleton(Installation.Create());
    }
}
