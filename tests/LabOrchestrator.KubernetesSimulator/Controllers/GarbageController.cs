using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>Deletes what owners leave behind, by the propagation that was asked for.</summary>
internal sealed class GarbageController(ClusterState cluster) : IController
{
    private readonly Dictionary<string, HashSet<ObjectAddress>> _dependents = [];
    private readonly Dictionary<string, ObjectAddress> _living = [];

    public IEnumerable<ObjectAddress> Concerned(StoreChange change)
    {
        var one = change.Object;
        List<ObjectAddress> concerned = [];
        foreach (var owner in one.OwnerUids)
        {
            if (change.Kind == ChangeKind.Deleted)
            {
                if (_dependents.TryGetValue(owner, out var those) && those.Remove(one.Address) && those.Count == 0)
                {
                    _dependents.Remove(owner);
                }

                if (_living.TryGetValue(owner, out var living))
                {
                    concerned.Add(living);
                }
            }
            else
            {
                if (!_dependents.TryGetValue(owner, out var those))
                {
                    _dependents[owner] = those = [];
                }

                those.Add(one.Address);
                concerned.Add(one.Address);
            }
        }

        if (change.Kind == ChangeKind.Deleted)
        {
            _living.Remove(one.Uid);
            concerned.AddRange(_dependents.GetValueOrDefault(one.Uid) ?? []);
        }
        else
        {
            _living[one.Uid] = one.Address;
            if (one.IsEnding)
            {
                concerned.Add(one.Address);
            }
        }

        return concerned;
    }

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { } one)
        {
            return null;
        }

        if (!one.IsEnding)
        {
            if (one.OwnerUids.Length > 0 && cluster.Store.Still(() => !one.OwnerUids.Any(_living.ContainsKey)))
            {
                cluster.Delete(one);
            }

            return null;
        }

        var finalizers = one.Read().Metadata().Texts("finalizers").ToList();
        if (finalizers.Contains("orphan") || finalizers.Contains("foregroundDeletion"))
        {
            var dependents = cluster.Store.Still(() => _dependents.GetValueOrDefault(one.Uid)?.ToList() ?? []);
            Settle(one, dependents, isOrphaning: finalizers.Contains("orphan"));
        }

        return null;
    }

    private void Settle(StoredObject owner, List<ObjectAddress> dependents, bool isOrphaning)
    {
        foreach (var dependent in dependents)
        {
            if (isOrphaning)
            {
                cluster.Update(dependent, value =>
                {
                    var references = value.Metadata()["ownerReferences"]!.AsArray();
                    references.RemoveAll(r => r.Text("uid") == owner.Uid);
                });
            }
            else if (cluster.Store.Find(dependent) is { IsEnding: false } living)
            {
                cluster.Delete(living, new DeleteOptions { Propagation = "Foreground" });
            }
        }

        if (isOrphaning)
        {
            cluster.Store.Still(() => _dependents.Remove(owner.Uid));
            cluster.Release(owner.Address, "orphan");
        }
        else if (cluster.Store.Still(() => !_dependents.ContainsKey(owner.Uid)))
        {
            cluster.Release(owner.Address, "foregroundDeletion");
        }
    }
}
