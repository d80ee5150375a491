using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LabOrchestrator;

/// <summary>Puts the library into a host.</summary>
public static class LabOrchestratorServices
{
    /// <summary>
    /// Adds labs, instances, consoles and the reconciler. Beside it the host adds at least one <see cref="ILabRuntime"/> and the stores,
    /// for example with <c>AddInMemoryStores()</c>.
    /// </summary>
    public static IServiceCollection AddLabOrchestrator(this IServiceCollection services, Action<AdmissionLimits>? limits = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<AdmissionLimits>().Configure(limits ?? (_ => { }));
        services.TryAddSingleton<LabRuntimes>();
        services.TryAddSingleton<RuntimeHealth>();
        services.TryAddSingleton<LabInstanceFeed>();
        services.TryAddSingleton<LabWarnings>();
        services.TryAddSingleton<LabCatalogue>();
        services.TryAddSingleton<ConsoleTickets>();
        services.TryAddSingleton<WebSessions>();
        services.TryAddSingleton<InstanceEngine>();
        services.TryAddSingleton<AdmissionDesk>();
        services.TryAddSingleton<LabInstanceReconciler>();
        services.TryAddSingleton<InstanceSurvey>();
        services.TryAddSingleton(p => new Orphans(
            p.GetRequiredService<LabRuntimes>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<Orphans>>()));
        services.TryAddSingleton(p => new LabInstances(
            p.GetRequiredService<ILabStore>(),
            p.GetRequiredService<IImageStore>(),
            p.GetRequiredService<ILabInstanceStore>(),
            p.GetRequiredService<InstanceEngine>(),
            p.GetRequiredService<IOptions<AdmissionLimits>>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddHostedService<ReconcileService>();
        return services;
    }

    /// <summary>Adds stores that keep everything in memory and lose it with the process.</summary>
    public static IServiceCollection AddInMemoryStores(this IServiceCollection services)
    {
        services.TryAddSingleton<IImageStore, InMemoryImageStore>();
        services.TryAddSingleton<ILabStore, InMemoryLabStore>();
        services.TryAddSingleton<ILabInstanceStore, InMemoryLabInstanceStore>();
        services.TryAddSingleton<IConsoleTicketStore, InMemoryConsoleTicketStore>();
        services.TryAddSingleton<IWebSessionStore, InMemoryWebSessionStore>();
        return services;
    }
}
