using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Says whether labs can be started, and if not, what to do.</summary>
internal sealed class RuntimeCheck(
    EngineClient engine, LeftTasks leftTasks, HostFirewall firewall, HardwareVirtualisation hardware, DockerRuntimeOptions options)
{
    public async Task<RuntimeReadiness> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var info = await engine.InfoAsync(cancellationToken).ConfigureAwait(false);
            foreach (var image in new[] { options.LauncherImage, options.HelperImage })
            {
                if (await engine.Images.FindAsync(image, cancellationToken).ConfigureAwait(false) is null)
                {
                    return new RuntimeReadiness(false, $"The base image {image} is not there yet. Run \"make images\", and wait for its end.");
                }
            }

            await leftTasks.RemoveAsync(cancellationToken).ConfigureAwait(false);
            await firewall.EnsureAsync(cancellationToken).ConfigureAwait(false);
            await hardware.WorksAsync(cancellationToken).ConfigureAwait(false);
            return new RuntimeReadiness(true, null, info.MemTotal, FreeDisk(info.DockerRootDir));
        }
        catch (RuntimeUnavailableException e)
        {
            leftTasks.MayBeThere();
            return new RuntimeReadiness(false, e.Message);
        }
        catch (EngineException e)
        {
            return new RuntimeReadiness(false, $"Docker Engine is in trouble: {e.Message}");
        }
    }

    // An ordinary user may not look into the engine's folder, but what is above it is usually on the same disk.
    private static long? FreeDisk(string folder)
    {
        for (var path = folder; !string.IsNullOrEmpty(path); path = Path.GetDirectoryName(path))
        {
            try
            {
                return new DriveInfo(path).AvailableFreeSpace;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // Look further up.
            }
        }

        return null;
    }
}
