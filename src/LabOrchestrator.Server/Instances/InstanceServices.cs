using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Server.Instances;

/// <summary>What the endpoints of running labs need.</summary>
internal static class InstanceServices
{
    public static void AddInstances(this IServiceCollection services)
    {
        services.AddSingleton<InstanceAccess>();
        services.AddSingleton<InstanceAnswers>();
        services.AddSingleton<InstanceEvents>();
        services.AddSingleton<MemberList>();
        services.AddSingleton<ConsoleCounter>();
        services.AddSingleton<MachinePictures>();
        services.AddSingleton<ScreenshotDesk>();
        services.AddSingleton<IConsoleRights, ConsoleRights>();
    }
}
