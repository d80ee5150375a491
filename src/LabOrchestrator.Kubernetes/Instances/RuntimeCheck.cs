using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Rights;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Says whether labs can be started, and if not, what to do.</summary>
internal sealed class RuntimeCheck(KubernetesClient client, ClusterView view, KubernetesRuntimeOptions options)
{
    /// <summary>How long granted rights are believed in.</summary>
    private static readonly TimeSpan RightsFreshFor = TimeSpan.FromMinutes(5);

    private long? _grantedAt;
    private bool _grantedForVms;

    public async Task<RuntimeReadiness> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await view.DiscoverAsync(cancellationToken).ConfigureAwait(false);
            if (await MissingRightsAsync(cancellationToken).ConfigureAwait(false) is { Count: > 0 } missing)
            {
                return new RuntimeReadiness(
                    false, $"The server lacks rights on the cluster: {string.Join(", ", missing)}. Grant them (see deploy/kubernetes); \"make doctor\" lists all.");
            }

            await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
            return new RuntimeReadiness(true);
        }
        catch (RuntimeUnavailableException e)
        {
            return new RuntimeReadiness(false, e.Message);
        }
        catch (KubernetesException e)
        {
            return new RuntimeReadiness(false, Refusals.Unavailable(e).Message);
        }
    }

    private async Task<IReadOnlyList<string>> MissingRightsAsync(CancellationToken cancellationToken)
    {
        var forVms = view.HasVirtualMachines;
        if (_grantedAt is { } at && _grantedForVms == forVms && client.Time.GetElapsedTime(at) < RightsFreshFor)
        {
            return [];
        }

        var rights = RequiredRights.OfServer(options)
            .Where(r => r.Need == RightNeed.Always || (forVms && r.Need is RightNeed.VirtualMachines or RightNeed.Disks));
        var answers = await RightsReview.AskAsync(client, rights, cancellationToken).ConfigureAwait(false);
        var missing = answers.Where(a => !a.IsGranted).Select(a => a.ToString()).ToList();
        if (missing.Count == 0)
        {
            (_grantedAt, _grantedForVms) = (client.Time.GetTimestamp(), forVms);
        }

        return missing;
    }
}
