using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Options;

namespace LabOrchestrator.Instances;

/// <summary>Lets waiting instances in, one after another in order of identity, and writes statuses down.</summary>
internal sealed class AdmissionDesk(InstanceEngine engine, ILabInstanceStore store, IOptions<AdmissionLimits> limits, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Moves a waiting instance to <see cref="InstancePhase.Starting"/>; else says why it waits and when to ask again.</summary>
    /// <exception cref="InstanceFailedException">It can never start: it would wait for ever, and all behind it too.</exception>
    public async Task<TimeSpan?> AdmitAsync(LabInstance instance, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var live = engine.Live.Of(instance.Runtime);
            var admitted = live.Where(i => i.Status.Phase != InstancePhase.Queued).ToList();
            var first = live.FirstOrDefault(i => i.Status.Phase == InstancePhase.Queued && i.Desired != DesiredState.Stopped);
            var readiness = await engine.Health.CheckAsync(instance.Runtime, cancellationToken).ConfigureAwait(false);

            // Looked at when it was started, but then the runtime may have been away, or the limit another one.
            if (readiness.IsReady && Admission.ReasonToRefuse(instance.MemoryBytes, limits.Value, readiness) is { } never)
            {
                throw new InstanceFailedException(never);
            }

            var reason = Admission.ReasonToWait(first ?? instance, admitted, limits.Value, readiness);
            var isFirst = first is null || first.Id == instance.Id;
            if (reason is null && !isFirst)
            {
                // Nobody overtakes: the one at the head is looked at first, and calls the next.
                engine.Queue.Add(first!.Id);
                return LookAgain;
            }

            if (reason is not null)
            {
                // What the first one lacks is no reason of the others; an engine that is away is everybody's.
                reason = isFirst || !readiness.IsReady ? reason : Admission.OthersAreFirst;
                engine.Live.Change(instance.Id, s => s with { Reason = reason });
                return LookAgain;
            }

            engine.Live.Change(instance.Id, s => s with { Phase = InstancePhase.Starting, Reason = null, QueuePlace = null });
        }
        finally
        {
            _one.Release();
        }

        RoomWasMade(instance.Runtime);
        return null;
    }

    /// <summary>Has the head of the queue looked at.</summary>
    public void RoomWasMade(string runtime)
    {
        if (engine.Live.Of(runtime).FirstOrDefault(i => i.Status.Phase == InstancePhase.Queued) is { } next)
        {
            engine.Queue.Add(next.Id);
        }
    }

    /// <summary>Writes the newest status of a live instance.</summary>
    public Task SaveAsync(LabInstance instance, CancellationToken cancellationToken) =>
        store.SaveStatusAsync(instance.Id, instance.Status, time.GetUtcNow(), cancellationToken);

    /// <summary>Writes an instance's last status.</summary>
    public Task SaveEndAsync(long id, LabInstanceStatus status, CancellationToken cancellationToken) =>
        store.SaveStatusAsync(id, status with { PhaseSince = time.GetUtcNow() }, time.GetUtcNow(), cancellationToken);

    public void Dispose() => _one.Dispose();
}
