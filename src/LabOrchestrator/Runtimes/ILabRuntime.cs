namespace LabOrchestrator.Runtimes;

/// <summary>
/// The engine that makes instances real. Every verb is idempotent and may be repeated after any failure.
/// <para>The contract, stated by the conformance suite: machine names resolve; machines of one instance reach each other and
/// nothing else; restart and power off keep a machine's disk, reset returns it to its image, delete removes its disks;
/// pause keeps memory or is refused with a reason.</para>
/// </summary>
public interface ILabRuntime
{
    /// <summary>The configured name, for example <c>docker</c>; kept in instances.</summary>
    string Name { get; }

    /// <summary>What this engine can do.</summary>
    RuntimeCapabilities Capabilities { get; }

    /// <summary>Says whether instances can be started now, and if not, why and what to do.</summary>
    Task<RuntimeReadiness> CheckAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Makes the engine hold what the specification says and returns what it then sees. Machines that died by themselves in their
    /// current <see cref="MachineSpec.BootGeneration"/> stay dead; those that went down with the engine come back with their disks.
    /// Cancelling leaves a state from which apply or delete can go on.
    /// </summary>
    /// <exception cref="RuntimeUnavailableException">The engine is away; try again later.</exception>
    /// <exception cref="InstanceFailedException">The specification cannot be made real; trying again will not help.</exception>
    Task<ObservedInstance> ApplyAsync(InstanceSpec instance, IProgress<MachineProgress> progress, CancellationToken cancellationToken);

    /// <summary>Removes everything of an instance, disks included; returns when nothing is left.</summary>
    Task DeleteAsync(long instanceId, CancellationToken cancellationToken);

    /// <summary>Freezes all running machines with their memory.</summary>
    Task<ObservedInstance> PauseAsync(long instanceId, CancellationToken cancellationToken);

    /// <summary>Lets frozen machines go on.</summary>
    Task<ObservedInstance> ResumeAsync(long instanceId, CancellationToken cancellationToken);

    /// <summary>What the engine holds of an instance; null when it holds nothing.</summary>
    Task<ObservedInstance?> ObserveAsync(long instanceId, CancellationToken cancellationToken);

    /// <summary>What the engine holds of this installation, complete or in parts.</summary>
    Task<IReadOnlyList<ObservedInstance>> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Yields the identity of an instance whenever something of it changed, or null when anything may have changed
    /// (at the start, and after the engine was away). Ends only by cancellation; goes on by itself when the engine was away.
    /// </summary>
    IAsyncEnumerable<long?> WatchAsync(CancellationToken cancellationToken);
}
