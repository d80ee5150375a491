using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;

namespace LabOrchestrator.Kubernetes.Tests.ApiServers;

/// <summary>
/// What a controller manager does that the tests need, for an API server that has none: accounts of namespaces, first figures of
/// quotas, and the end of namespaces.
/// </summary>
internal sealed class StandIns : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _stop = new();
    private readonly KubernetesClient _client;
    private readonly Task _running;

    public StandIns(KubernetesClient client)
    {
        _client = client;
        _running = Rounds.RunAsync(Period, TurnAsync, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        foreach (var space in (await _client.ListAsync(Kinds.Namespace, ObjectScope.Everything, cancellationToken)).Items)
        {
            if (space.IsDeleting)
            {
                await EndAsync(space.Name, cancellationToken);
            }
            else if (await _client.FindAsync(Kinds.ServiceAccount, space.Name, "default", cancellationToken) is null)
            {
                await _client.CreateAsync(Kinds.ServiceAccount, Manifest.Of(Kinds.ServiceAccount, space.Name, "default"), WriteOptions.Default, cancellationToken);
            }
        }

        foreach (var quota in (await _client.ListAsync(Kinds.ResourceQuota, ObjectScope.Everything, cancellationToken)).Items)
        {
            await CountAsync(quota, cancellationToken);
        }
    }

    /// <summary>Admission refuses everything under a quota until its status says what it bounds.</summary>
    private async Task CountAsync(ResourceQuota quota, CancellationToken cancellationToken)
    {
        var raw = await _client.GetRawAsync(Kinds.ResourceQuota, quota.Namespace, quota.Name, cancellationToken);
        if (raw["status"]?["used"] is null && raw["spec"]?["hard"] is JsonObject hard)
        {
            var used = new JsonObject(hard.Select(h => KeyValuePair.Create<string, JsonNode?>(h.Key, "0")));
            await _client.MergePatchAsync(
                Kinds.ResourceQuota, quota.Namespace, quota.Name, new JsonObject { ["status"] = new JsonObject { ["hard"] = hard.DeepClone(), ["used"] = used } },
                WriteOptions.Default, cancellationToken, "status");
        }
    }

    private async Task EndAsync(string space, CancellationToken cancellationToken)
    {
        var left = await EmptyAsync(Kinds.Pod, space, cancellationToken)
            + await EmptyAsync(Kinds.VirtualMachine, space, cancellationToken)
            + await EmptyAsync(Kinds.VirtualMachineInstance, space, cancellationToken)
            + await EmptyAsync(Kinds.DataVolume, space, cancellationToken)
            + await EmptyAsync(Kinds.PersistentVolumeClaim, space, cancellationToken)
            + await EmptyAsync(Kinds.Service, space, cancellationToken)
            + await EmptyAsync(Kinds.Secret, space, cancellationToken)
            + await EmptyAsync(Kinds.ConfigMap, space, cancellationToken)
            + await EmptyAsync(Kinds.NetworkPolicy, space, cancellationToken)
            + await EmptyAsync(Kinds.ResourceQuota, space, cancellationToken)
            + await EmptyAsync(Kinds.LimitRange, space, cancellationToken)
            + await EmptyAsync(Kinds.RoleBinding, space, cancellationToken)
            + await EmptyAsync(Kinds.Role, space, cancellationToken)
            + await EmptyAsync(Kinds.ServiceAccount, space, cancellationToken);
        if (left == 0)
        {
            var ending = Manifest.Of(Kinds.Namespace, null, space);
            ending["spec"] = new JsonObject { ["finalizers"] = new JsonArray() };
            await _client.PutSubresourceAsync(Kinds.Namespace, null, space, "finalize", ending, cancellationToken);
        }
    }

    private async Task<int> EmptyAsync<T>(KubernetesKind<T> kind, string space, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        var items = (await _client.ListAsync(kind, new ObjectScope { Namespace = space }, cancellationToken)).Items;
        foreach (var item in items)
        {
            await _client.DeleteAsync(kind, space, item.Name, new DeleteOptions { GracePeriodSeconds = 0 }, cancellationToken);
            if (item.Metadata.Finalizers.Contains("kubernetes.io/pvc-protection"))
            {
                await _client.MergePatchAsync(
                    kind, space, item.Name, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }, WriteOptions.Default, cancellationToken);
            }
        }

        return items.Count;
    }
}

/// <summary>Something done again and again until it is stopped; what fails is done again.</summary>
internal static class Rounds
{
    public static async Task RunAsync(TimeSpan period, Func<CancellationToken, Task> turn, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, TimeProvider.System);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stop);
                await turn(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (KubernetesException)
            {
                // The object changed or went meanwhile.
            }
        }
    }
}
