using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Images;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LabOrchestrator.Docker;

/// <summary>Puts the Docker runtime into a host.</summary>
public static class DockerRuntimeServices
{
    /// <summary>
    /// Adds the runtime as <see cref="ILabRuntime"/>, the engine's base images as <see cref="IImageSource"/>, and the engine as
    /// <see cref="IDiskImageSink"/>. The host provides the <see cref="Installation"/>, and may provide an
    /// <see cref="IRegistryCredentials"/>. Bind the returned options to section <see cref="DockerRuntimeOptions.Section"/>; wrong values
    /// are refused when the host starts.
    /// </summary>
    public static OptionsBuilder<DockerRuntimeOptions> AddDockerRuntime(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(p => new DockerLabRuntime(
            p.GetRequiredService<Installation>(),
            p.GetRequiredService<IOptions<DockerRuntimeOptions>>().Value,
            p.GetRequiredService<TimeProvider>(),
            p.GetService<IRegistryCredentials>(),
            p.GetService<ILoggerFactory>()));
        services.AddSingleton<ILabRuntime>(p => p.GetRequiredService<DockerLabRuntime>());
        services.AddSingleton<IImageSource>(p => new LabelledImages(
            p.GetRequiredService<IOptions<DockerRuntimeOptions>>().Value, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IDiskImageSink>(p =>
        {
            var (installation, options) = (p.GetRequiredService<Installation>(), p.GetRequiredService<IOptions<DockerRuntimeOptions>>().Value);
            return new ContainerDiskSink(
                new EngineClient(options.SocketPath, p.GetRequiredService<TimeProvider>()), new EngineNames(installation), installation, options);
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DockerRuntimeOptions>, OptionsCheck>());
        return services.AddOptions<DockerRuntimeOptions>().ValidateOnStart();
    }

    private sealed class OptionsCheck : IValidateOptions<DockerRuntimeOptions>
    {
        public ValidateOptionsResult Validate(string? name, DockerRuntimeOptions options) =>
            options.Validate() is { Count: > 0 } mistakes ? ValidateOptionsResult.Fail(mistakes) : ValidateOptionsResult.Success;
    }
}
