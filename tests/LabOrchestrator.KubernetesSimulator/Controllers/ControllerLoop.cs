using System.Collections.Concurrent;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>One part of the cluster that acts on objects.</summary>
internal interface IController
{
    /// <summary>The objects to look at after a change. Called while the store is locked.</summary>
    IEnumerable<ObjectAddress> Concerned(StoreChange change);

    /// <summary>Brings one object a step on; null: nothing to do until something changes.</summary>
    TimeSpan? Reconcile(ObjectAddress at);
}

/// <summary>Lets all controllers act, one step at a time, each object not before it is due.</summary>
internal sealed class ControllerLoop(
    ObjectStore store, KindRegistry kinds, SimulatorSettings settings, IEnumerable<IController> controllers, Clock clock, ILogger<ControllerLoop> logger) : BackgroundService
{
    private readonly IController[] _controllers = [.. controllers];
    private readonly ConcurrentQueue<(int Controller, ObjectAddress At)> _woken = new();
    private readonly PriorityQueue<(int Controller, ObjectAddress At), DateTimeOffset> _due = new();
    private readonly Dictionary<(int, ObjectAddress), DateTimeOffset> _waiting = [];
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _lock = new();
    private bool _ended;

    public void Attach() => store.Changed += Note;

    public override void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            _wake.Dispose();
        }

        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            Collect();
            var now = clock.Now;
            while (settings.Controllers && _due.TryPeek(out var next, out var when) && when <= now)
            {
                _due.Dequeue();
                if (_waiting.TryGetValue(next, out var expected) && expected == when)
                {
                    _waiting.Remove(next);
                    Run(next.Controller, next.At);
                }

                Collect();
            }

            var pause = settings.Controllers && _due.TryPeek(out _, out var first) ? first - clock.Now : TimeSpan.FromSeconds(1);
            await ((Task)_wake.WaitAsync(pause < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : pause, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Note(StoreChange change)
    {
        if (change.Object.Kind is { Group: "apiextensions.k8s.io" })
        {
            Define(change);
        }

        if (change.Kind == ChangeKind.Deleted)
        {
            clock.Forget(change.Object.Uid);
        }

        for (var at = 0; at < _controllers.Length; at++)
        {
            foreach (var concerned in _controllers[at].Concerned(change))
            {
                _woken.Enqueue((at, concerned));
            }
        }

        lock (_lock)
        {
            // Processes of pods may end after the cluster has.
            if (!_ended && _wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
    }

    private void Define(StoreChange change)
    {
        var definition = change.Object.Read();
        if (change.Kind == ChangeKind.Deleted)
        {
            kinds.Undefine(definition.Text("spec", "group")!, definition.Text("spec", "names", "plural")!);
        }
        else
        {
            kinds.Define(definition);
        }
    }

    private void Collect()
    {
        while (_woken.TryDequeue(out var woken))
        {
            Schedule(woken, clock.Now + TimeSpan.FromMilliseconds(settings.ControllerMilliseconds));
        }
    }

    private void Schedule((int, ObjectAddress) one, DateTimeOffset when)
    {
        if (!_waiting.TryGetValue(one, out var planned) || planned > when)
        {
            _waiting[one] = when;
            _due.Enqueue(one, when);
        }
    }

    private void Run(int controller, ObjectAddress at)
    {
        try
        {
            if (_controllers[controller].Reconcile(at) is { } again)
            {
                Schedule((controller, at), clock.Now + again);
            }
        }
        catch (Exception e)
        {
            logger.LogError(e, "{Controller} failed at {Object}", _controllers[controller].GetType().Name, at);
            Schedule((controller, at), clock.Now + TimeSpan.FromSeconds(1));
        }
    }
}
