using LabOrchestrator.Conformance;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>Time that passes by itself, as much faster than ours as a test says.</summary>
internal sealed class PacedTime : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;
    private volatile int _speed = 1;

    public PacedTime() => _running = Task.Run(RunAsync);

    public TimeProvider Provider => _time;

    /// <summary>Seconds of it in one of ours.</summary>
    public int Speed
    {
        get => _speed;
        set => _speed = value;
    }

    /// <summary>Fails when a timer did.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        var last = TimeProvider.System.GetTimestamp();
        while (!_end.IsCancellationRequested)
        {
            await Task.Delay(Step, TimeProvider.System, CancellationToken.None);
            var now = TimeProvider.System.GetTimestamp();
            _time.Advance(TimeProvider.System.GetElapsedTime(last, now) * _speed);
            last = now;
        }
    }
}
