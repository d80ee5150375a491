using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Api.Watching;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Rights;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>
/// What the cluster holds of this installation: one watch per kind for all instances. Nothing is asked of the cluster to observe one.
/// </summary>
internal sealed class ClusterView : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly KubernetesClient _client;
    private readonly Func<WatchState>[] _always;
    private readonly Func<WatchState>[] _machines;
    private readonly Func<WatchState>[] _networks;
    private readonly Lock _lock = new();
    private bool _hasStarted;

    public ClusterView(KubernetesClient client, Installation installation)
    {
        _client = client;
        var ours = Ours = new ObjectScope { LabelSelector = $"{ClusterLabels.Installation}={installation.Id}" };
        Namespaces = new(client, Kinds.Namespace, ours);
        Pods = new(client, Kinds.Pod, ours);
        Services = new(client, Kinds.Service, ours);
        Policies = new(client, Kinds.NetworkPolicy, ours);
        Quotas = new(client, Kinds.ResourceQuota, ours);
        Limits = new(client, Kinds.LimitRange, ours);
        VirtualMachines = new(client, Kinds.VirtualMachine, ours);
        Guests = new(client, Kinds.VirtualMachineInstance, ours);
        Disks = new(client, Kinds.DataVolume, ours);
        Importers = new(client, Kinds.Pod, new ObjectScope { LabelSelector = "cdi.kubevirt.io=importer" });
        Attachments = new(client, Kinds.NetworkAttachmentDefinition, ours);
        Words = new PodWords(Pods);
        Index = new InstanceIndex();
        Signals = new InstanceSignals();
        Namespaces.Subscribe(Index.Take);
        _always = [Follow(Namespaces), Follow(Pods), Follow(Services), Follow(Policies), Follow(Quotas), Follow(Limits)];
        _machines = [Follow(VirtualMachines), Follow(Guests), Follow(Disks), Follow(Importers)];
        _networks = [Follow(Attachments)];
    }

    /// <summary>This installation's objects.</summary>
    public ObjectScope Ours { get; }

    public WatchedCollection<Namespace> Namespaces { get; }

    public WatchedCollection<Pod> Pods { get; }

    public WatchedCollection<Service> Services { get; }

    public WatchedCollection<PlainObject> Policies { get; }

    public WatchedCollection<ResourceQuota> Quotas { get; }

    public WatchedCollection<PlainObject> Limits { get; }

    public WatchedCollection<VirtualMachine> VirtualMachines { get; }

    /// <summary>KubeVirt's running instances of the VMs.</summary>
    public WatchedCollection<VirtualMachineInstance> Guests { get; }

    /// <summary>The VMs' disks.</summary>
    public WatchedCollection<DataVolume> Disks { get; }

    /// <summary>The pods in which CDI fills disks, of all who use it: it gives them labels of its own.</summary>
    public WatchedCollection<Pod> Importers { get; }

    /// <summary>The networks of instances that have some of their own.</summary>
    public WatchedCollection<PlainObject> Attachments { get; }

    /// <summary>What was said of pods that do not come on.</summary>
    public PodWords Words { get; }

    /// <summary>The namespaces by instance.</summary>
    public InstanceIndex Index { get; }

    /// <summary>Who waits for a change of an instance.</summary>
    public InstanceSignals Signals { get; }

    /// <summary>The cluster was asked what is installed.</summary>
    public bool IsKnown => _hasStarted;

    /// <summary>KubeVirt and CDI are installed, and VMs are watched.</summary>
    public bool HasVirtualMachines { get; private set; }

    /// <summary>What is missing for VMs, in a sentence; null when nothing is.</summary>
    public string? NoVirtualMachines { get; private set; } = "The cluster was not asked yet whether KubeVirt is installed.";

    /// <summary>Multus is installed, we may use it, and its networks are watched.</summary>
    public bool HasNetworks { get; private set; }

    /// <summary>What is missing for networks beside the cluster's own, in a sentence; null when nothing is.</summary>
    public string? NoNetworks { get; private set; } = "The cluster was not asked yet whether Multus is installed.";

    /// <summary>Why changes are not seen now, or null while they are.</summary>
    public Exception? Failure => Watched().Select(s => s().Failure).FirstOrDefault(f => f is not null);

    /// <summary>Begins to watch, and returns when everything was listed once.</summary>
    /// <exception cref="RuntimeUnavailableException">Not everything can be seen now; the message says why.</exception>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        if (!_hasStarted)
        {
            await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        }

        var settled = Task.WhenAll([.. Always(), .. HasVirtualMachines ? Machines() : [], .. HasNetworks ? new[] { Attachments.Settled } : []]);
        try
        {
            await settled.WaitAsync(Patience, _client.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new RuntimeUnavailableException("The API server takes long to list what is there.", e);
        }

        if (Failure is { } failure)
        {
            throw Refusals.Unavailable(failure);
        }
    }

    /// <summary>Asks which kinds the cluster knows, and watches those that it does.</summary>
    public async Task DiscoverAsync(CancellationToken cancellationToken)
    {
        var groups = await _client.GroupsAsync(cancellationToken).ConfigureAwait(false);
        var noNetworks = await WhyNoNetworksAsync(groups, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _hasStarted = true;
            Namespaces.Start();
            Pods.Start();
            Services.Start();
            Policies.Start();
            Quotas.Start();
            Limits.Start();
            NoVirtualMachines = (groups.Serves(Kinds.VirtualMachine.Group, "v1"), groups.Serves(Kinds.DataVolume.Group, "v1beta1")) switch
            {
                (false, _) => "KubeVirt is not installed on the cluster: there is no kubevirt.io/v1.",
                (_, false) => "CDI is not installed on the cluster: there is no cdi.kubevirt.io/v1beta1, and without it VMs would have no disks.",
                _ => null,
            };
            if (NoVirtualMachines is null)
            {
                VirtualMachines.Start();
                Guests.Start();
                Disks.Start();
                Importers.Start();
                HasVirtualMachines = true;
            }

            NoNetworks = noNetworks;
            if (noNetworks is null)
            {
                Attachments.Start();
                HasNetworks = true;
            }
        }
    }

    /// <summary>Has what changes in a collection wake whoever waits for its instance. Returns how the collection's watch does.</summary>
    public Func<WatchState> Follow<T>(WatchedCollection<T> collection)
        where T : KubernetesObject
    {
        collection.Subscribe(change =>
        {
            if (InstanceIndex.InstanceOf(change.Object) is { } id)
            {
                Signals.Changed(id);
            }
        });
        var wasAway = false;
        collection.OnTurn(() =>
        {
            var isAway = collection.State.Failure is not null;
            Signals.Turned(everythingMayHaveChanged: wasAway && !isAway);
            wasAway = isAway;
        });
        return () => collection.State;
    }

    // Without the rights other labs run all the same, so that they are asked for apart from all others.
    private async Task<string?> WhyNoNetworksAsync(ApiGroups groups, CancellationToken cancellationToken)
    {
        if (!groups.Serves(Kinds.NetworkAttachmentDefinition.Group, "v1"))
        {
            return "Multus is not installed on the cluster: there is no k8s.cni.cncf.io/v1, and without it a lab has one network, whose addresses the cluster chooses.";
        }

        if (HasNetworks)
        {
            return null;
        }

        var missing = (await RightsReview.AskAsync(_client, RequiredRights.OfNetworks, cancellationToken).ConfigureAwait(false)).Where(a => !a.IsGranted).ToList();
        return missing.Count == 0 ? null : $"The server lacks rights on Multus' networks: {string.Join(", ", missing)}. Grant them (see deploy/kubernetes).";
    }

    public async ValueTask DisposeAsync()
    {
        await Namespaces.DisposeAsync().ConfigureAwait(false);
        await Pods.DisposeAsync().ConfigureAwait(false);
        await Services.DisposeAsync().ConfigureAwait(false);
        await Policies.DisposeAsync().ConfigureAwait(false);
        await Quotas.DisposeAsync().ConfigureAwait(false);
        await Limits.DisposeAsync().ConfigureAwait(false);
        await VirtualMachines.DisposeAsync().ConfigureAwait(false);
        await Guests.DisposeAsync().ConfigureAwait(false);
        await Disks.DisposeAsync().ConfigureAwait(false);
        await Importers.DisposeAsync().ConfigureAwait(false);
        await Attachments.DisposeAsync().ConfigureAwait(false);
    }

    private IEnumerable<Func<WatchState>> Watched() =>
        _always.Concat(HasVirtualMachines ? _machines : []).Concat(HasNetworks ? _networks : []);

    private Task[] Always() =>
        [Namespaces.Settled, Pods.Settled, Services.Settled, Policies.Settled, Quotas.Settled, Limits.Settled];

    private Task[] Machines() => [VirtualMachines.Settled, Guests.Settled, Disks.Settled, Importers.Settled];
}
