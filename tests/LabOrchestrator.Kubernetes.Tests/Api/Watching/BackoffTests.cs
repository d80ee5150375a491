using LabOrchestrator.Kubernetes.Api.Watching;

namespace LabOrchestrator.Kubernetes.Tests.Api.Watching;

public sealed class BackoffTests
{
    private readonly Conformance.ManualTimeProvider _time = new();

    [Fact]
    public void Waits_double_up_to_half_a_minute_and_begin_anew_after_a_quiet_time()
    {
        var backoff = new Backoff(_time, () => 0);

        Enumerable.Range(0, 8).Select(_ => backoff.Fail().TotalSeconds).ShouldBe([0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30]);
        _time.Advance(Backoff.Quiet + TimeSpan.FromSeconds(1));
        backoff.Fail().ShouldBe(Backoff.First);
    }

    [Fact]
    public void Jitter_adds_up_to_as_much_again()
    {
        var backoff = new Backoff(_time, () => 0.5);

        backoff.Fail().ShouldBe(Backoff.First * 1.5);
    }
}
