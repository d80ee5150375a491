using LabOrchestrator.Consoles;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Consoles;
using LabOrchestrator.Kubernetes.Consoles.Screens;
using LabOrchestrator.Kubernetes.Doctor;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes;

/// <summary>
/// Labs on a cluster: a namespace for each instance, container machines as pods, VMs as KubeVirt's, names from a helper in the
/// namespace. What the cluster holds is seen by one watch per kind.
/// </summary>
public sealed class KubernetesLabRuntime : ILabRuntime, IPartialPause, IMachineConsoles, IMachineCommands, IMachinePorts, IMachineScreenshots, IAsyncDisposable
{
    private readonly KubernetesClient _client;
    private readonly ClusterView _view;
    private readonly AuthorView _authors;
    private readonly ClusterDoctor _doctor;
    private readonly RuntimeCheck _check;
    private readonly InstanceApplier _applier;
    private readonly SilentPods _silent;
    private readonly InstanceRemover _remover;
    private readonly InstanceObserver _observer;
    private readonly InstanceFreezer _freezer;
    private readonly ClusterWatcher _watcher;
    private readonly SerialLines _lines;
    private readonly SharedScreens _screens;
    private readonly MachineDoors _doors;
    private readonly MachinePorts _ports;

    /// <summary>Makes a runtime; nothing is asked of the cluster yet.</summary>
    /// <param name="installation">Whose objects these are; others are never touched.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="logs">Where events are logged; nowhere by default.</param>
    /// <exception cref="ArgumentException">The settings are wrong; the message names the keys.</exception>
    public KubernetesLabRuntime(
        Installation installation, KubernetesRuntimeOptions options, TimeProvider? time = null, ILoggerFactory? logs = null)
        : this(installation, options, Connect(options, time ?? TimeProvider.System, logs ?? NullLoggerFactory.Instance), logs ?? NullLoggerFactory.Instance)
    {
    }

    internal KubernetesLabRuntime(Installation installation, KubernetesRuntimeOptions options, KubernetesClient client, ILoggerFactory logs)
    {
        if (options.Validate() is { Count: > 0 } mistakes)
        {
            throw new ArgumentException(string.Join(' ', mistakes), nameof(options));
        }

        ILogger logger = logs.CreateLogger<KubernetesLabRuntime>();
        _client = client;
        _view = new ClusterView(client, installation);
        _authors = new AuthorView(client, _view);
        var remarks = new LossRemarks(client, logger);
        var objects = new ObjectApplier(client);
        var kept = new KeptObjects(client, objects, logger);
        var wait = new InstanceWait(_view, client.Time);
        _applier = new InstanceApplier(
            _view,
            new LabGround(client, _view, kept, remarks, installation, options),
            new AuthorObjects(client, _view, _authors, kept, installation, options),
            new ContainerMachines(_view, new MachinePods(client), objects, wait, installation, options),
            new VirtualMachines(client, _view, objects, wait, installation, options),
            new MachineSecrets(_view, objects, installation, options));
        _silent = new SilentPods(client, _view, logger);
        _doctor = new ClusterDoctor(client, options, new PolicyProbe(client, installation, options));
        _check = new RuntimeCheck(client, _view, options);
        _remover = new InstanceRemover(client, _view, wait, installation, options);
        _observer = new InstanceObserver(_view, new PodLogs(client));
        _freezer = new InstanceFreezer(client, _view, wait);
        _watcher = new ClusterWatcher(_view, client.Time, logger);
        _lines = new SerialLines(client, _view);
        _screens = new SharedScreens(client, _view);
        _doors = new MachineDoors(client, _view, new ContainerTerminals(client), _lines, _screens, options);
        _ports = new MachinePorts(client, _view, _doors);
    }

    /// <inheritdoc/>
    public string Name => "kubernetes";

    /// <inheritdoc/>
    public RuntimeCapabilities Capabilities =>
        ClusterCapabilities.Of(_view.IsKnown, _view.NoVirtualMachines, _view.NoNetworks);

    /// <summary>Requests that were sent to the cluster so far.</summary>
    internal long RequestsSent => _client.RequestsSent;

    /// <inheritdoc/>
    public Task<RuntimeReadiness> CheckAsync(CancellationToken cancellationToken) => _check.CheckAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<ObservedInstance> ApplyAsync(
        InstanceSpec instance, IProgress<MachineProgress> progress, CancellationToken cancellationToken)
    {
        await Refusals.TranslateAsync(
            () => _silent.WhileAsync(instance, _applier.ApplyAsync(instance, progress, cancellationToken), cancellationToken)).ConfigureAwait(false);
        return await SeenAsync(instance.InstanceId, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(long instanceId, CancellationToken cancellationToken) =>
        Refusals.TranslateAsync(() => _remover.RemoveAsync(instanceId, cancellationToken));

    /// <inheritdoc/>
    public async Task<ObservedInstance> PauseAsync(long instanceId, CancellationToken cancellationToken)
    {
        await Refusals.TranslateAsync(() => _freezer.PauseAsync(instanceId, cancellationToken)).ConfigureAwait(false);
        return await SeenAsync(instanceId, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<ObservedInstance> PauseWhatCanBeAsync(long instanceId, CancellationToken cancellationToken)
    {
        await Refusals.TranslateAsync(() => _freezer.PauseWhatCanBeAsync(instanceId, cancellationToken)).ConfigureAwait(false);
        return await SeenAsync(instanceId, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<ObservedInstance> ResumeAsync(long instanceId, CancellationToken cancellationToken)
    {
        await Refusals.TranslateAsync(() => _freezer.ResumeAsync(instanceId, cancellationToken)).ConfigureAwait(false);
        return await SeenAsync(instanceId, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<ObservedInstance?> ObserveAsync(long instanceId, CancellationToken cancellationToken) =>
        Refusals.TranslateAsync(() => _observer.ObserveAsync(instanceId, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ObservedInstance>> ListAsync(CancellationToken cancellationToken) =>
        Refusals.TranslateAsync(() => _observer.ListAsync(cancellationToken));

    /// <inheritdoc/>
    public IAsyncEnumerable<long?> WatchAsync(CancellationToken cancellationToken) => _watcher.WatchAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(long instanceId, string machine, ConsoleDefinition console, CancellationToken cancellationToken) =>
        Refusals.TranslateAsync(() => _doors.OpenAsync(instanceId, machine, console, cancellationToken));

    /// <inheritdoc/>
    public Task<CommandResult> RunAsync(
        long instanceId, string machine, IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        Refusals.TranslateAsync(() => _doors.RunAsync(instanceId, machine, command, cancellationToken));

    /// <inheritdoc/>
    public Task<Stream> OpenPortAsync(long instanceId, string machine, int port, CancellationToken cancellationToken) =>
        Refusals.TranslateAsync(() => _ports.OpenAsync(instanceId, machine, port, cancellationToken));

    /// <summary>
    /// Examines the cluster: what is there, what is missing, and what to do. Tries in a namespace of its own, which is deleted again,
    /// whether network policies are enforced; that may take minutes where nodes must pull the helper's image.
    /// </summary>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => _doctor.ExamineAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<byte[]> ScreenshotAsync(long instanceId, string machine, CancellationToken cancellationToken) =>
        Refusals.TranslateAsync(() => _doors.ScreenshotAsync(instanceId, machine, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _lines.Dispose();
        _screens.Dispose();
        await _authors.DisposeAsync().ConfigureAwait(false);
        await _view.DisposeAsync().ConfigureAwait(false);
        _client.Dispose();
    }

    internal static KubernetesClient Connect(KubernetesRuntimeOptions options, TimeProvider time, ILoggerFactory logs) => new(
        () => ClusterConfigurations.Find(options.Kubeconfig, options.Context, time, Environment.GetEnvironmentVariable),
        new KubernetesClientOptions { RequestsPerSecond = options.RequestsPerSecond },
        time,
        logs.CreateLogger<KubernetesClient>());

    private async Task<ObservedInstance> SeenAsync(long instanceId, CancellationToken cancellationToken) =>
        await _observer.ObserveAsync(instanceId, cancellationToken).ConfigureAwait(false)
            ?? throw new RuntimeUnavailableException("What belongs to this instance was removed from the cluster meanwhile.");
}
