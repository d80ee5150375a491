using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;

namespace LabOrchestrator.Kubernetes.Tests.ApiServers;

/// <summary>
/// Nodes and KubeVirt for an API server that has none: each pod and machine of a lab has a twin in the simulator, which walks through
/// its life there, and whose status is written back.
/// </summary>
internal sealed class Twins : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    // What an API server says of a pod itself, or holds against its node.
    private static readonly string[] SetByTheServer = ["qosClass", "hostIP", "hostIPs"];

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, string> _written = [];
    private readonly KubernetesClient _real;
    private readonly KubernetesClient _simulated;
    private readonly Task _running;

    public Twins(KubernetesClient real, KubernetesClient simulated)
    {
        (_real, _simulated) = (real, simulated);
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
        var ours = new ObjectScope { LabelSelector = ClusterLabels.Installation };
        var spaces = (await _real.ListAsync(Kinds.Namespace, ours, cancellationToken)).Items.Select(n => n.Name).ToHashSet();
        foreach (var gone in (await _simulated.ListAsync(Kinds.Namespace, ours, cancellationToken)).Items.Where(n => !spaces.Contains(n.Name) && !n.IsDeleting))
        {
            await _simulated.DeleteAsync(Kinds.Namespace, null, gone.Name, DeleteOptions.Default, cancellationToken);
        }

        foreach (var space in spaces)
        {
            await _simulated.ApplyAsync(
                Kinds.Namespace, Manifest.Of(Kinds.Namespace, null, space, [KeyValuePair.Create(ClusterLabels.Installation, "twin")]), ApplyOptions.Default, cancellationToken);
            await OutAsync(Kinds.Secret, space, cancellationToken);
            await OutAsync(Kinds.Pod, space, cancellationToken);
            await OutAsync(Kinds.VirtualMachine, space, cancellationToken);
            await BackAsync(Kinds.DataVolume, space, "status", cancellationToken);
            await BackAsync(Kinds.VirtualMachineInstance, space, null, cancellationToken);
        }
    }

    /// <summary>What the runtime wants goes out, what becomes of it comes back as status.</summary>
    private async Task OutAsync<T>(KubernetesKind<T> kind, string space, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        var scope = new ObjectScope { Namespace = space, LabelSelector = ClusterLabels.Installation };
        var real = (await _real.ListAsync(kind, scope, cancellationToken)).Items.Where(o => !o.IsDeleting).Select(o => o.Name).ToHashSet();
        foreach (var twin in (await _simulated.ListAsync(kind, scope, cancellationToken)).Items.Where(t => !real.Contains(t.Name) && !IsLauncher(t)))
        {
            await _simulated.DeleteAsync(kind, space, twin.Name, new DeleteOptions { GracePeriodSeconds = 0 }, cancellationToken);
        }

        foreach (var name in real)
        {
            var wanted = Bare(await _real.GetRawAsync(kind, space, name, cancellationToken));
            if (IsNew($"out {kind} {space}/{name}", wanted))
            {
                await _simulated.ApplyAsync(kind, wanted, new ApplyOptions { Force = true }, cancellationToken);
            }

            if (kind != (KubernetesKind)Kinds.Secret && (await _simulated.GetRawAsync(kind, space, name, cancellationToken))["status"] is JsonObject status)
            {
                await StatusAsync(kind, space, name, status, "status", cancellationToken);
            }
        }
    }

    /// <summary>What KubeVirt and CDI make for a machine is made there, and shown here. What is deleted here is deleted there.</summary>
    private async Task BackAsync<T>(KubernetesKind<T> kind, string space, string? subresource, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        var scope = new ObjectScope { Namespace = space };
        var real = (await _real.ListAsync(kind, scope, cancellationToken)).Items.Select(o => o.Name).ToHashSet();
        var twins = (await _simulated.ListAsync(kind, scope, cancellationToken)).Items.Where(t => !t.IsDeleting).ToList();
        foreach (var gone in real.Except(twins.Select(t => t.Name)))
        {
            await _real.DeleteAsync(kind, space, gone, DeleteOptions.Default, cancellationToken);
        }

        foreach (var twin in twins)
        {
            var raw = await _simulated.GetRawAsync(kind, space, twin.Name, cancellationToken);
            if (!real.Contains(twin.Name))
            {
                if (!IsNew($"made {kind} {space}/{twin.Name}", twin.Metadata.Uid))
                {
                    await _simulated.DeleteAsync(kind, space, twin.Name, DeleteOptions.Default, cancellationToken);
                    continue;
                }

                await _real.CreateAsync(kind, Bare(raw), WriteOptions.Default, cancellationToken);
            }

            if (raw["status"] is JsonObject status)
            {
                await StatusAsync(kind, space, twin.Name, status, subresource, cancellationToken);
            }
        }
    }

    private async Task StatusAsync<T>(KubernetesKind<T> kind, string space, string name, JsonObject status, string? subresource, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        var uid = (string?)(await _real.GetRawAsync(kind, space, name, cancellationToken))["metadata"]!["uid"];
        if (IsNew($"status {kind} {uid}", status))
        {
            // A list in a merge patch replaces the list, but a field that is no more stays: those are named as null.
            var now = (await _real.GetRawAsync(kind, space, name, cancellationToken))["status"] as JsonObject ?? [];
            var patch = status.DeepClone().AsObject();
            foreach (var (field, _) in now.Where(f => !status.ContainsKey(f.Key) && kind.Group.Length > 0))
            {
                patch[field] = null;
            }

            foreach (var field in kind.Group.Length == 0 ? SetByTheServer : [])
            {
                patch.Remove(field);
            }

            await _real.MergePatchAsync(kind, space, name, new JsonObject { ["status"] = patch }, WriteOptions.Default, cancellationToken, subresource);
        }
    }

    private bool IsNew(string what, object value)
    {
        var text = value is JsonNode json ? json.ToJsonString() : value.ToString()!;
        if (_written.TryGetValue(what, out var before) && before == text)
        {
            return false;
        }

        _written[what] = text;
        return true;
    }

    private static bool IsLauncher(KubernetesObject twin) => twin.Metadata.Labels.ContainsKey("kubevirt.io") || twin.Metadata.Labels.ContainsKey("cdi.kubevirt.io");

    private static JsonObject Bare(JsonObject raw)
    {
        var bare = raw.DeepClone().AsObject();
        bare.Remove("status");
        var kept = new JsonObject();
        foreach (var field in (string[])["name", "namespace", "labels", "annotations"])
        {
            if (raw["metadata"]![field] is { } value)
            {
                kept[field] = value.DeepClone();
            }
        }

        bare["metadata"] = kept;
        return bare;
    }
}
