namespace LabOrchestrator.KubernetesSimulator.Controllers;

internal static class ControllerServices
{
    public static IServiceCollection AddControllersOfTheCluster(this IServiceCollection services) => services
        .AddSingleton<Clock>().AddSingleton<ClusterState>().AddSingleton<PodNetwork>()
        .AddSingleton<IController, NamespaceController>()
        .AddSingleton<IController, GarbageController>()
        .AddSingleton<IController, PodController>()
        .AddSingleton<IController, ClaimController>()
        .AddSingleton<IController, QuotaController>()
        .AddSingleton<IController, DiskController>()
        .AddSingleton<IController, WorkloadController>()
        .AddSingleton<IController, MachineController>()
        .AddSingleton<IController, MachineInstanceController>()
        .AddSingleton<MachineVerbs>()
        .AddSingleton<ControllerLoop>().AddHostedService(s => s.GetRequiredService<ControllerLoop>());
}
