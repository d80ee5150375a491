using System.Collections.Concurrent;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>How long objects are in their stages, finer than the seconds that objects hold.</summary>
internal sealed class Clock(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, DateTimeOffset>> _since = new();

    public DateTimeOffset Now => time.GetUtcNow();

    public string Text => ObjectJson.Time(Now);

    /// <summary>Null when the stage has lasted long enough, else what is left of it. It begins when it is first asked for.</summary>
    public TimeSpan? Left(string uid, string stage, int milliseconds)
    {
        var left = Start(uid, stage) + TimeSpan.FromMilliseconds(milliseconds) - Now;
        return left > TimeSpan.Zero ? left : null;
    }

    /// <summary>How much of it is over, from 0 to 1.</summary>
    public double Part(string uid, string stage, int milliseconds) =>
        milliseconds <= 0 ? 1 : Math.Clamp((Now - Start(uid, stage)).TotalMilliseconds / milliseconds, 0, 1);

    public void Forget(string uid) => _since.TryRemove(uid, out _);

    public void Restart(string uid, string stage) => _since.GetOrAdd(uid, static _ => new()).TryRemove(stage, out _);

    private DateTimeOffset Start(string uid, string stage) => _since.GetOrAdd(uid, static _ => new()).GetOrAdd(stage, static (_, now) => now, Now);
}
