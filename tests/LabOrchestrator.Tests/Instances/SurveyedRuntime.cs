using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;

namespace LabOrchestrator.Instances;

/// <summary>A runtime that knows how often all that it holds was asked for.</summary>
internal sealed class SurveyedRuntime(InMemoryLabRuntime runtime) : ILabRuntime, IPartialPause
{
    private int _looks;

    public int Looks => Volatile.Read(ref _looks);

    public string Name => runtime.Name;

    public RuntimeCapabilities Capabilities => runtime.Capabilities;

    public Task<RuntimeReadiness> CheckAsync(CancellationToken cancellationToken) => runtime.CheckAsync(cancellationToken);

    public Task<ObservedInstance> ApplyAsync(InstanceSpec instance, IProgress<MachineProgress> progress, CancellationToken cancellationToken) =>
        runtime.ApplyAsync(instance, progress, cancellationToken);

    public Task DeleteAsync(long instanceId, CancellationToken cancellationToken) => runtime.DeleteAsync(instanceId, cancellationToken);

    public Task<ObservedInstance> PauseAsync(long instanceId, CancellationToken cancellationToken) => runtime.PauseAsync(instanceId, cancellationToken);

    public Task<ObservedInstance> PauseWhatCanBeAsync(long instanceId, CancellationToken cancellationToken) =>
        runtime.PauseWhatCanBeAsync(instanceId, cancellationToken);

    public Task<ObservedInstance> ResumeAsync(long instanceId, CancellationToken cancellationToken) => runtime.ResumeAsync(instanceId, cancellationToken);

    public Task<ObservedInstance?> ObserveAsync(long instanceId, CancellationToken cancellationToken) => runtime.ObserveAsync(instanceId, cancellationToken);

    public Task<IReadOnlyList<ObservedInstance>> ListAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _looks);
        return runtime.ListAsync(cancellationToken);
    }

    public IAsyncEnumerable<long?> WatchAsync(CancellationToken cancellationToken) => runtime.WatchAsync(cancellationToken);
}
