using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>
/// Whether guests may run with KVM. The device can be there, and even make a VM, on hosts where no guest ever runs: so it is used only
/// where the processor says so, and after a tiny guest really ran.
/// </summary>
internal sealed partial class HardwareVirtualisation(
    EngineTask tasks, Installation installation, DockerRuntimeOptions options, ILogger logger, string processors = "/proc/cpuinfo") : IDisposable
{
    /// <summary>The device.</summary>
    public const string Device = "/dev/kvm";

    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>What was found out; null before.</summary>
    public bool? Works { get; private set; }

    /// <summary>Finds out once.</summary>
    public async Task<bool> WorksAsync(CancellationToken cancellationToken)
    {
        if (Works is { } known)
        {
            return known;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Works is null)
            {
                var reason = await TryAsync(cancellationToken).ConfigureAwait(false);
                Works = reason is null;
                LogFound(logger, reason ?? "Guests run with hardware virtualisation (KVM).");
            }

            return Works.Value;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Whether a processor's flags name Intel's or AMD's virtualisation.</summary>
    internal static bool IsNamedBy(IEnumerable<string> lines) => lines
        .Where(l => l.StartsWith("flags", StringComparison.Ordinal))
        .Any(l => l.Split(' ').Any(f => f is "vmx" or "svm"));

    // Null when it works, else why not.
    private async Task<string?> TryAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(processors) || !IsNamedBy(File.ReadLines(processors)))
        {
            return "Guests run in software emulation: the processor offers no virtualisation (no vmx or svm among its flags).";
        }

        if (!File.Exists(Device))
        {
            return $"Guests run in software emulation: there is no {Device}. Load the module kvm_intel or kvm_amd.";
        }

        try
        {
            await tasks.ExpectAsync("kvm", Describe("kvm", [DeviceMapping.Of(Device)]), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (EngineException e)
        {
            return $"Guests run in software emulation: a guest that was tried with {Device} did not run: {e.Message}";
        }
    }

    internal ContainerCreation Describe(string accelerator, IReadOnlyList<DeviceMapping> devices) => new()
    {
        Image = options.LauncherImage,
        Entrypoint = ["/usr/lib/lab-orchestrator/try-guest", accelerator],
        Labels = EngineLabels.Shared(installation, EngineRoles.Task),
        HostConfig = new HostConfig
        {
            NetworkMode = "none",
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges"],
            ReadonlyRootfs = true,
            Devices = devices,
            LogConfig = LogConfig.Capped,
        },
    };

    [LoggerMessage(2020, LogLevel.Information, "{Finding}")]
    private static partial void LogFound(ILogger logger, string finding);
}
