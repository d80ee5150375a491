using LabOrchestrator.Docker;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Kubernetes;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Images;

namespace LabOrchestrator.Server.Labs;

/// <summary>Labs, their instances and the engine that runs them.</summary>
internal static class LabServices
{
    /// <summary>Adds them.</summary>
    public static void AddLabs(this WebApplicationBuilder builder, Settings settings)
    {
        builder.Services.AddLabOrchestrator(settings.Limits.CopyTo);
        builder.Services.AddSingleton<EngineImages>();
        builder.Services.AddHostedService<CatalogueFilling>();
        builder.AddImageUploads(settings);
        if (settings.Runtime.Name == RuntimeOptions.Memory)
        {
            builder.Services.AddSingleton<InMemoryLabRuntime>();
            builder.Services.AddSingleton<ILabRuntime>(p => p.GetRequiredService<InMemoryLabRuntime>());
            builder.Services.AddSingleton<IImageSource, MemoryImages>();
            builder.Services.AddSingleton<IDiskImageSink, MemoryDisks>();
        }
        else if (settings.Runtime.Name == RuntimeOptions.Kubernetes)
        {
            builder.Services.AddKubernetesRuntime().Configure(o => SettingsReader.Copy(settings.Kubernetes, o));
        }
        else
        {
            builder.Services.AddDockerRuntime().Configure(o => SettingsReader.Copy(settings.Docker, o));
        }
    }
}
