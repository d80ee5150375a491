using LabOrchestrator.Consoles;
using LabOrchestrator.Docker.Consoles;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Images;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Docker;

/// <summary>
/// Labs on one machine with Docker Engine: container machines as containers, VMs as QEMU inside a launcher container, each network a
/// bridge of its own, each instance with a helper that serves its names and addresses.
/// </summary>
public sealed class DockerLabRuntime : ILabRuntime, IMachineConsoles, IMachineCommands, IMachinePorts, IMachineScreenshots, IDisposable
{
    private static readonly RuntimeCapabilities Always = new(
    [
        RuntimeCapabilities.Containers,
        RuntimeCapabilities.VirtualMachines,
        RuntimeCapabilities.Pause,
        RuntimeCapabilities.PauseVirtualMachines,
        RuntimeCapabilities.SeveralNetworks,
        RuntimeCapabilities.Layer2,
        RuntimeCapabilities.Internet,
        RuntimeCapabilities.FixedAddresses,
        RuntimeCapabilities.Screenshots,
    ])
    {
        Absent =
        [
            new MissingCapability(RuntimeCapabilities.HardwareVirtualisation)
            {
                Reason = "The host offers no hardware virtualisation in which a guest ran.",
                Remedy = "Switch it on in the host's firmware, load kvm_intel or kvm_amd, or use another host.",
            },
            new MissingCapability(RuntimeCapabilities.Kubernetes)
            {
                Reason = "Docker Engine is no cluster that takes an author's objects.",
                Remedy = "Run the lab on a cluster.",
            },
        ],
    };

    private static readonly RuntimeCapabilities WithHardware = Always with { Names = Always.Names.Add(RuntimeCapabilities.HardwareVirtualisation) };

    private readonly EngineClient _engine;
    private readonly HardwareVirtualisation _hardware;
    private readonly HostFirewall _firewall;
    private readonly RuntimeCheck _check;
    private readonly InstanceApplier _applier;
    private readonly InstanceRemover _remover;
    private readonly InstanceObserver _observer;
    private readonly InstanceFreezer _freezer;
    private readonly InstanceChanges _changes;
    private readonly AgentWatch _agents;
    private readonly MachineDoors _doors;
    private readonly MachinePorts _ports;
    private readonly DiskWatch _disks;
    private readonly HelperPauses _pauses;

    /// <summary>Makes a runtime; nothing is asked of the engine yet.</summary>
    /// <param name="installation">Whose objects these are; others are never touched.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="credentials">Logins of image registries; by default they are asked without.</param>
    /// <param name="logs">Where events are logged; nowhere by default.</param>
    /// <exception cref="ArgumentException">The settings are wrong; the message names the keys.</exception>
    public DockerLabRuntime(
        Installation installation,
        DockerRuntimeOptions options,
        TimeProvider? time = null,
        IRegistryCredentials? credentials = null,
        ILoggerFactory? logs = null)
    {
        if (options.Validate() is { Count: > 0 } mistakes)
        {
            throw new ArgumentException(string.Join(' ', mistakes), nameof(options));
        }

        time ??= TimeProvider.System;
        ILogger logger = (logs ?? NullLoggerFactory.Instance).CreateLogger<DockerLabRuntime>();
        _engine = new EngineClient(options.SocketPath, time);
        var names = new EngineNames(installation);
        var tasks = new EngineTask(_engine, names);
        var inventory = new InstanceInventory(_engine, names, installation);
        var terminals = new ContainerTerminals(_engine);
        var folders = new RunFolders(options, installation, HostAccount.Current);
        var nameFiles = new NameFiles(_engine, folders);
        var monitor = new GuestMonitor(folders, time);
        _firewall = new HostFirewall(tasks, installation, options.LauncherImage, time);
        _hardware = new HardwareVirtualisation(tasks, installation, options, logger);
        var launchers = new LauncherMachines(_engine, names, installation, options, _hardware, folders);
        var maker = new MachineMaker(
            _engine,
            names,
            new ImageResolver(_engine, names, credentials),
            new ImageContents(_engine, names, installation),
            new ContainerMachines(names, installation, nameFiles, options),
            launchers);
        var power = new MachinePower(
            _engine, terminals, new GuestPower(_engine, launchers, folders, monitor, options, time), new CardTask(tasks, nameFiles, installation, options), logger);
        var subnets = new FreeSubnets(_engine, new AddressPool(Ipv4Subnet.Parse(options.AddressPool)), options.AddressPool);
        _pauses = new HelperPauses(time);
        _applier = new InstanceApplier(
            inventory,
            new LabNetworks(_engine, names, installation, subnets),
            new LabHelper(_engine, names, installation, options, new LabUplinks(_engine, names, installation, subnets), _pauses),
            _firewall,
            new MachineBringer(_engine, names, maker, power, terminals),
            logger);
        _check = new RuntimeCheck(_engine, new LeftTasks(_engine, tasks, installation, logger), _firewall, _hardware, options);
        _remover = new InstanceRemover(_engine, installation, folders);
        _disks = new DiskWatch(_engine, new DiskUse(_engine, names, installation), time, logger);
        _agents = new AgentWatch(monitor, time);
        _observer = new InstanceObserver(_engine, inventory, monitor, _agents, _disks);
        _freezer = new InstanceFreezer(_engine, inventory, monitor);
        _changes = new InstanceChanges(new EngineWatcher(_engine, names, installation, _firewall, time, logger), _agents);
        _doors = new MachineDoors(_engine, names, installation, terminals, folders, time);
        _ports = new MachinePorts(_engine, names, installation);
    }

    /// <inheritdoc/>
    public string Name => "docker";

    /// <inheritdoc/>
    public RuntimeCapabilities Capabilities => _hardware.Works == true ? WithHardware : Always;

    /// <inheritdoc/>
    public Task<RuntimeReadiness> CheckAsync(CancellationToken cancellationToken) => _check.CheckAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<ObservedInstance> ApplyAsync(
        InstanceSpec instance, IProgress<MachineProgress> progress, CancellationToken cancellationToken)
    {
        _disks.Begin();
        await _applier.ApplyAsync(instance, progress, cancellationToken).ConfigureAwait(false);
        return await SeenAsync(instance.InstanceId, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(long instanceId, CancellationToken cancellationToken)
    {
        _pauses.Forget(instanceId);
        return _remover.RemoveAsync(instanceId, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ObservedInstance> PauseAsync(long instanceId, CancellationToken cancellationToken)
    {
        await _freezer.PauseAsync(instanceId, cancellationToken).ConfigureAwait(false);
        return await SeenAsync(instanceId, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<ObservedInstance> ResumeAsync(long instanceId, CancellationToken cancellationToken)
    {
        await _freezer.ResumeAsync(instanceId, cancellationToken).ConfigureAwait(false);
        return await SeenAsync(instanceId, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<ObservedInstance?> ObserveAsync(long instanceId, CancellationToken cancellationToken) =>
        _observer.ObserveAsync(instanceId, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ObservedInstance>> ListAsync(CancellationToken cancellationToken)
    {
        _disks.Begin();
        return _observer.ListAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<long?> WatchAsync(CancellationToken cancellationToken) => _changes.WatchAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(long instanceId, string machine, ConsoleDefinition console, CancellationToken cancellationToken) =>
        _doors.OpenAsync(instanceId, machine, console, cancellationToken);

    /// <inheritdoc/>
    public Task<CommandResult> RunAsync(
        long instanceId, string machine, IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        _doors.RunAsync(instanceId, machine, command, cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> OpenPortAsync(long instanceId, string machine, int port, CancellationToken cancellationToken) =>
        _ports.OpenAsync(instanceId, machine, port, cancellationToken);

    /// <inheritdoc/>
    public Task<byte[]> ScreenshotAsync(long instanceId, string machine, CancellationToken cancellationToken) =>
        _doors.ScreenshotAsync(instanceId, machine, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disks.Dispose();
        _agents.Dispose();
        _engine.Dispose();
        _firewall.Dispose();
        _hardware.Dispose();
    }

    private async Task<ObservedInstance> SeenAsync(long instanceId, CancellationToken cancellationToken) =>
        await _observer.ObserveAsync(instanceId, cancellationToken).ConfigureAwait(false)
            ?? throw new RuntimeUnavailableException("What belongs to this instance was removed from Docker Engine meanwhile.");
}
