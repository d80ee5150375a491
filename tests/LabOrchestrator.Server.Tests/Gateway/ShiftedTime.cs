namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>The system's time, which a test can put forward; timers go by the system's.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _shift;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(Shift.TotalSeconds * TimestampFrequency);

    private TimeSpan Shift => TimeSpan.FromTicks(Interlocked.Read(ref _shift));
}
