using System.Globalization;
using System.Security.Cryptography;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Doctor;

/// <summary>
/// Finds out whether the cluster enforces network policies, in a namespace of its own that is deleted afterwards: pods that reach each
/// other are forbidden to, and must then not.
/// </summary>
internal sealed class PolicyProbe(KubernetesClient client, Installation installation, KubernetesRuntimeOptions options)
{
    private const string Subject = "Network policies";
    private const string Prefix = "lab-orchestrator-probe-";
    private const int PodCount = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(20);

    private readonly ObjectApplier _objects = new(client);

    /// <summary>How long the pods may take to run: nodes may have to pull the image.</summary>
    internal TimeSpan StartPatience { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long they may then take to reach each other.</summary>
    internal TimeSpan ReachPatience { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How long the cluster may take to enforce a new policy.</summary>
    internal TimeSpan EnforcePatience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Tries it. What it made is deleted at the end, also when it is cancelled.</summary>
    public async Task<Finding> TryAsync(CancellationToken cancellationToken)
    {
        var @namespace = Prefix + RandomNumberGenerator.GetHexString(8, lowercase: true);
        var manifests = new ProbeManifests(@namespace, installation, options);
        var isMade = true;
        Finding finding;
        string? left;
        try
        {
            finding = await InsideAsync(manifests, @namespace, () => isMade = false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RuntimeUnavailableException or KubernetesException)
        {
            finding = Untried(Refusals.Unavailable(e).Message);
        }
        finally
        {
            left = isMade ? await RemoveAsync(@namespace).ConfigureAwait(false) : null;
        }

        return left is null ? finding : finding with { Detail = $"{finding.Detail} {left}" };
    }

    private async Task<Finding> InsideAsync(ProbeManifests manifests, string @namespace, Action refused, CancellationToken cancellationToken)
    {
        try
        {
            await _objects.CreateAsync(Kinds.Namespace, manifests.Namespace(), cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesException e) when (!e.IsTransient)
        {
            refused();
            throw;
        }

        return await StartAsync(manifests, @namespace, cancellationToken).ConfigureAwait(false) is { } trouble
            ? Untried(trouble)
            : await ForbidAsync(manifests, @namespace, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the pods, and returns when they reach each other, or with why they do not.</summary>
    private async Task<string?> StartAsync(ProbeManifests manifests, string @namespace, CancellationToken cancellationToken)
    {
        await _objects.ApplyAsync(manifests.ListenerPod(), cancellationToken).ConfigureAwait(false);
        var pods = await WaitAsync(@namespace, StartPatience, p => p.Count == 1 && p.All(IsUp), cancellationToken).ConfigureAwait(false);
        if (WhyNotUp(pods, 1) is { } trouble)
        {
            return trouble;
        }

        if (pods[0].Status.PodIps.Select(a => a.Ip).FirstOrDefault(a => a.Contains('.', StringComparison.Ordinal)) is not { } address)
        {
            return "pods of this cluster have no IPv4 address.";
        }

        foreach (var name in (string[])[ProbeManifests.Outward, ProbeManifests.Inward])
        {
            await _objects.ApplyAsync(manifests.DiallingPod(name, address), cancellationToken).ConfigureAwait(false);
        }

        await WaitAsync(@namespace, StartPatience, p => p.Count == PodCount && p.All(IsUp), cancellationToken).ConfigureAwait(false);
        pods = await WaitAsync(@namespace, ReachPatience, p => p.Count(Passes) == 2 || p.Any(o => !IsUp(o)), cancellationToken).ConfigureAwait(false);
        return WhyNotUp(pods, PodCount)
            ?? (pods.Count(Passes) == 2 ? null : "pods of one namespace do not reach each other even where no policy forbids it. Look at the network plug-in.");
    }

    private async Task<Finding> ForbidAsync(ProbeManifests manifests, string @namespace, CancellationToken cancellationToken)
    {
        foreach (var policy in manifests.Policies())
        {
            await _objects.ApplyAsync(policy, cancellationToken).ConfigureAwait(false);
        }

        var pods = await WaitAsync(@namespace, EnforcePatience, p => !p.Any(Passes) || p.Any(o => !IsUp(o)), cancellationToken).ConfigureAwait(false);
        if (WhyNotUp(pods, PodCount) is { } lost)
        {
            return Untried(lost);
        }

        var passing = pods.Where(Passes).Select(p => p.Name == ProbeManifests.Outward ? "what a pod sends" : "what a pod takes").ToList();
        return passing.Count == 0
            ? new(Subject, FindingState.Good, "enforced both ways: what a policy forbade did not get through")
            : new(
                Subject,
                FindingState.Bad,
                string.Create(CultureInfo.InvariantCulture, $"NOT enforced for {string.Join(" and ", passing.Order(StringComparer.Ordinal))}, {EnforcePatience.TotalSeconds:0} s after they were made. ")
                + "Labs are not isolated from each other and from the cluster. Use a network plug-in that enforces policies: Calico, Cilium, OVN-Kubernetes and Antrea do, flannel alone does not.");
    }

    /// <summary>The pods when they are as expected, or as they are when that takes too long or cannot be any more.</summary>
    private async Task<IReadOnlyList<Pod>> WaitAsync(
        string @namespace, TimeSpan patience, Func<IReadOnlyList<Pod>, bool> expected, CancellationToken cancellationToken)
    {
        var started = client.Time.GetTimestamp();
        while (true)
        {
            var pods = (await client.ListAsync(Kinds.Pod, new ObjectScope { Namespace = @namespace }, cancellationToken).ConfigureAwait(false)).Items;
            if (expected(pods) || pods.Any(IsHopeless) || client.Time.GetElapsedTime(started) >= patience)
            {
                return pods;
            }

            await Task.Delay(Pause, client.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string?> RemoveAsync(string @namespace)
    {
        using var patience = new CancellationTokenSource(RemovalPatience, client.Time);
        try
        {
            await client.DeleteAsync(Kinds.Namespace, null, @namespace, DeleteOptions.Default, patience.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is RuntimeUnavailableException or KubernetesException or OperationCanceledException)
        {
            return $"The namespace {@namespace}, which was made for this, could not be deleted: {e.Message} Delete it by hand.";
        }
    }

    private static Finding Untried(string reason) => new(
        Subject, FindingState.Unknown, $"could not be tried: {Sentence(reason)} Calico, Cilium, OVN-Kubernetes and Antrea enforce them, flannel alone does not.");

    private static bool Passes(Pod pod) => pod.Name != ProbeManifests.Listener && pod.Status.Conditions.Has("Ready");

    // All its containers: one that ended would look like one that is out of reach.
    private static bool IsUp(Pod pod) =>
        pod is { IsDeleting: false, Status: { Phase: "Running", ContainerStatuses: { Count: > 0 } containers } } && containers.All(c => c.State.Running is not null);

    private static bool IsHopeless(Pod pod) => PodReading.Sight(pod) is { Phase: MachinePhase.Failed } or { Trouble: Trouble.Lasting };

    private string? WhyNotUp(IReadOnlyList<Pod> pods, int count) =>
        pods.Count < count ? "the pods that try it were deleted meanwhile."
        : pods.FirstOrDefault(p => !IsUp(p)) is { } pod ? $"a pod with the image {options.HelperImage} (Kubernetes__HelperImage) does not run: {PodReading.Sight(pod).Reason ?? "it takes too long"}"
        : null;

    private static string Sentence(string reason) => reason.EndsWith('.') ? reason : reason + ".";
}
