using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Images;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LabOrchestrator.Kubernetes;

/// <summary>Puts the Kubernetes runtime into a host.</summary>
public static class KubernetesRuntimeServices
{
    /// <summary>
    /// Adds the runtime as <see cref="ILabRuntime"/>, the base images as <see cref="IImageSource"/>, and CDI as <see cref="IDiskImageSink"/>. The host provides the <see cref="Installation"/>. Bind the returned options to section
    /// <see cref="KubernetesRuntimeOptions.Section"/>; wrong values are refused when the host starts. A cluster that is away is not: the
    /// runtime says so and goes on when it is there.
    /// </summary>
    public static OptionsBuilder<KubernetesRuntimeOptions> AddKubernetesRuntime(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(p => new KubernetesLabRuntime(
            p.GetRequiredService<Installation>(),
            p.GetRequiredService<IOptions<KubernetesRuntimeOptions>>().Value,
            p.GetRequiredService<TimeProvider>(),
            p.GetService<ILoggerFactory>()));
        services.AddSingleton<ILabRuntime>(p => p.GetRequiredService<KubernetesLabRuntime>());
        services.AddSingleton<IImageSource>(p => new BaseImages(p.GetRequiredService<IOptions<KubernetesRuntimeOptions>>().Value));
        services.AddSingleton<IDiskImageSink>(p =>
        {
            var options = p.GetRequiredService<IOptions<KubernetesRuntimeOptions>>().Value;
            var client = KubernetesLabRuntime.Connect(
                options, p.GetRequiredService<TimeProvider>(), p.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance);
            return new DataVolumeSink(client, new UploadProxy(options, client), p.GetRequiredService<Installation>(), options);
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KubernetesRuntimeOptions>, OptionsCheck>());
        return services.AddOptions<KubernetesRuntimeOptions>().ValidateOnStart();
    }

    private sealed class OptionsCheck : IValidateOptions<KubernetesRuntimeOptions>
    {
        public ValidateOptionsResult Validate(string? name, KubernetesRuntimeOptions options) =>
            options.Validate() is { Count: > 0 } mistakes ? ValidateOptionsResult.Fail(mistakes) : ValidateOptionsResult.Success;
    }
}
