using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>Compares all that a runtime holds with all that is stored, and has the differences looked at.</summary>
internal sealed class InstanceSurvey(InstanceEngine engine, ILabInstanceStore store, Orphans orphans)
{
    /// <summary>Takes in the live instances of a runtime and looks at each; finds what no instance owns.</summary>
    public async Task LookAsync(ILabRuntime runtime, CancellationToken cancellationToken)
    {
        // Listed before the store is read: an instance that is added between the two is then not taken for an orphan.
        var observed = await runtime.ListAsync(cancellationToken).ConfigureAwait(false);
        var live = await store.ListLiveAsync(runtime.Name, cancellationToken).ConfigureAwait(false);
        foreach (var instance in live)
        {
            engine.Live.Put(instance);
            engine.Queue.Add(instance.Id);
        }

        var withoutRow = new List<ObservedInstance>();
        foreach (var other in observed.ExceptBy(live.Select(i => i.Id), o => o.InstanceId))
        {
            if (await store.FindAsync(other.InstanceId, cancellationToken).ConfigureAwait(false) is null)
            {
                withoutRow.Add(other);
            }
            else
            {
                engine.Queue.Add(other.InstanceId);
            }
        }

        await orphans.SeenAsync(runtime, withoutRow, cancellationToken).ConfigureAwait(false);
    }
}
