using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Rights;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Doctor;

/// <summary>Examines a cluster: whether labs can run on it, and what is missing. What it makes to try something it deletes again.</summary>
internal sealed class ClusterDoctor(KubernetesClient client, KubernetesRuntimeOptions options, PolicyProbe policies)
{
    private const string DefaultClass = "storageclass.kubernetes.io/is-default-class";

    /// <summary>All findings; the first that keeps others from being made is the last.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        ApiGroups groups;
        try
        {
            var version = await client.VersionAsync(cancellationToken).ConfigureAwait(false);
            findings.Add(new("Cluster", FindingState.Good, $"{client.Cluster.Server} (from {client.Cluster.Origin})"));
            findings.Add(VersionFinding.Of(version, options));
            groups = await client.GroupsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RuntimeUnavailableException or KubernetesException)
        {
            findings.Add(new("Cluster", FindingState.Bad, Refusals.Unavailable(e).Message));
            return findings;
        }

        var hasVms = groups.Serves(Kinds.VirtualMachine.Group, "v1");
        var hasDisks = groups.Serves(Kinds.DataVolume.Group, "v1beta1");
        findings.Add(await OfOperatorAsync("KubeVirt", Kinds.KubeVirt, hasVms, "Install it for labs with virtual machines.", cancellationToken).ConfigureAwait(false));
        findings.Add(await OfOperatorAsync("CDI", Kinds.Cdi, hasDisks, "Install it: without it virtual machines have no disks.", cancellationToken).ConfigureAwait(false));
        var hasNetworks = groups.Serves(Kinds.NetworkAttachmentDefinition.Group, "v1");
        findings.Add(hasNetworks
            ? new("Multus", FindingState.Good, "installed. The nodes need the CNI plug-ins bridge and static, and nft; it is not tried whether they have them.")
            : new("Multus", FindingState.Absent, "not installed; labs with several networks, fixed addresses or layer 2 are refused"));
        findings.Add(await AskedAsync("Storage", OfStorageAsync, cancellationToken).ConfigureAwait(false));
        findings.Add(await policies.TryAsync(cancellationToken).ConfigureAwait(false));
        findings.AddRange(await RightsAsync(hasVms, hasDisks, hasNetworks, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private async Task<Finding> OfOperatorAsync(
        string name, KubernetesKind<OperatedInstallation> kind, bool isServed, string remedy, CancellationToken cancellationToken)
    {
        if (!isServed)
        {
            return new(name, FindingState.Absent, $"not installed. {remedy}");
        }

        return await AskedAsync(
            name,
            async token =>
            {
                var installed = (await client.ListAsync(kind, ObjectScope.Everything, token).ConfigureAwait(false)).Items;
                var found = installed.Count == 0 ? null : installed[0].Status;
                var version = found?.ObservedKubeVirtVersion ?? found?.ObservedVersion ?? "of an unknown version";
                return found?.Phase is null or "Deployed"
                    ? new(name, FindingState.Good, version)
                    : new(name, FindingState.Bad, $"{version} is {found.Phase}, not Deployed. Look at its operator.");
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<Finding> OfStorageAsync(CancellationToken cancellationToken)
    {
        var classes = (await client.ListAsync(Kinds.StorageClass, ObjectScope.Everything, cancellationToken).ConfigureAwait(false)).Items;
        var names = string.Join(", ", classes.Select(c => c.Name));
        if (options.StorageClass is { } wanted)
        {
            return classes.Any(c => c.Name == wanted)
                ? new("Storage", FindingState.Good, $"{wanted}, of {names}")
                : new("Storage", FindingState.Bad, $"There is no storage class \"{wanted}\". Set Kubernetes__StorageClass to one of: {names}.");
        }

        var usual = classes.FirstOrDefault(c => c.Metadata.Annotations.GetValueOrDefault(DefaultClass) == "true");
        return usual is not null ? new("Storage", FindingState.Good, $"{usual.Name} by default, of {names}")
            : classes.Count == 0 ? new("Storage", FindingState.Absent, "There is no storage class; virtual machines have no disks, and containers no volumes. Install one.")
            : new("Storage", FindingState.Absent, $"No storage class is the default. Mark one, or set Kubernetes__StorageClass to one of: {names}.");
    }

    private async Task<IReadOnlyList<Finding>> RightsAsync(
        bool hasVms, bool hasDisks, bool hasNetworks, CancellationToken cancellationToken)
    {
        try
        {
            var answers = await RightsReview.AskAsync(client, RequiredRights.OfServer(options), cancellationToken).ConfigureAwait(false);
            return
            [
                .. answers.GroupBy(a => a.Right).Select(right =>
                {
                    var missing = right.Where(a => !a.IsGranted).Select(a => a.Verb).ToList();
                    var isNeeded = right.Key.Need == RightNeed.Always || (hasVms && right.Key.Need == RightNeed.VirtualMachines)
                        || (hasVms && hasDisks && right.Key.Need == RightNeed.Disks) || (hasNetworks && right.Key.Need == RightNeed.Networks);
                    return missing.Count == 0
                        ? new Finding($"Right {NameOf(right.Key)}", FindingState.Good, string.Join(", ", right.Key.Verbs))
                        : new Finding(
                            $"Right {NameOf(right.Key)}", isNeeded ? FindingState.Bad : FindingState.Absent,
                            $"{string.Join(", ", missing)} is missing. {right.Key.Purpose} Grant it (see deploy/kubernetes).");
                }),
            ];
        }
        catch (Exception e) when (e is RuntimeUnavailableException or KubernetesException)
        {
            return [new("Rights", FindingState.Bad, Refusals.Unavailable(e).Message)];
        }
    }

    private static async Task<Finding> AskedAsync(string subject, Func<CancellationToken, Task<Finding>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RuntimeUnavailableException or KubernetesException)
        {
            return new(subject, FindingState.Unknown, $"could not be asked for: {Refusals.Unavailable(e).Message}");
        }
    }

    private static string NameOf(RequiredRight right) =>
        $"{right.Whole}{(right.Group.Length == 0 ? "" : "." + right.Group)}{(right.Name is null ? "" : $" \"{right.Name}\"")}";
}
