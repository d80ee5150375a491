using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>
/// The nft table of the host that keeps labs from the host and from each other. A task of the launcher image installs it in the host's
/// network namespace, so that the server needs no root; replacing it is one transaction, in which no packet sees it missing.
/// </summary>
internal sealed class HostFirewall(EngineTask tasks, Installation installation, string launcherImage, TimeProvider time) : IDisposable
{
    /// <summary>For how long an installed table is trusted without looking: 1 minute.</summary>
    internal static readonly TimeSpan TrustFor = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private long? _installedAt;

    /// <summary>The engine or the host was restarted, or may have been: look before the next start.</summary>
    public void Distrust() => _installedAt = null;

    /// <summary>Returns when the table is there.</summary>
    /// <exception cref="RuntimeUnavailableException">It cannot be installed; nothing may be started.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (IsTrusted)
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsTrusted)
            {
                await InstallAsync(cancellationToken).ConfigureAwait(false);
                _installedAt = time.GetTimestamp();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Installs it anew, whatever is there.</summary>
    public async Task InstallAsync(CancellationToken cancellationToken)
    {
        try
        {
            await tasks.ExpectAsync("firewall", Describe(), cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            throw new RuntimeUnavailableException(
                $"Labs are not started, because the firewall that keeps them from the host could not be installed: {e.Message} "
                + "The host's kernel needs nftables (modules nf_tables, nft_reject_inet).",
                e);
        }
    }

    public void Dispose() => _gate.Dispose();

    private bool IsTrusted => _installedAt is { } at && time.GetElapsedTime(at) < TrustFor;

    private ContainerCreation Describe() => new()
    {
        Image = launcherImage,
        Entrypoint = ["/usr/lib/lab-orchestrator/firewall"],
        Labels = EngineLabels.Shared(installation, EngineRoles.Task),
        HostConfig = new HostConfig
        {
            NetworkMode = "host",
            CapDrop = ["ALL"],
            CapAdd = ["NET_ADMIN"],
            SecurityOpt = ["no-new-privileges"],
            ReadonlyRootfs = true,
            LogConfig = LogConfig.Capped,
        },
    };
}
