using LabOrchestrator.Conformance;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Networks;

namespace LabOrchestrator.Docker.Tests.Networks;

public sealed class HelperPausesTests
{
    private const long Instance = 7;

    private static readonly DateTimeOffset Noon = new(2026, 10, 5, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualTimeProvider _time = new();
    private readonly HelperPauses _pauses;

    public HelperPausesTests() => _pauses = new HelperPauses(_time);

    [Fact]
    public void Each_run_that_ends_at_once_doubles_the_pause_up_to_a_minute()
    {
        var seconds = Enumerable.Range(0, 9).Select(i => Math.Round(_pauses.LeftOf(Instance, Ended(Noon.AddHours(i))).TotalSeconds));

        seconds.ShouldBe([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    [Fact]
    public void One_end_is_counted_once_and_its_pause_ends()
    {
        _pauses.LeftOf(Instance, Ended(Noon));
        var ended = Ended(Noon.AddSeconds(5));
        _pauses.LeftOf(Instance, ended).ShouldBe(HelperPauses.First * 2, TimeSpan.FromMilliseconds(1));

        _time.Advance(HelperPauses.First);
        _pauses.LeftOf(Instance, ended).ShouldBe(HelperPauses.First, TimeSpan.FromMilliseconds(1));
        _time.Advance(HelperPauses.First * 2);
        _pauses.LeftOf(Instance, ended).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void The_engine_may_take_the_time_of_the_beginning_after_that_of_the_end() =>
        _pauses.LeftOf(Instance, Ended(Noon) with { StartedAt = Noon.AddMilliseconds(3) }).ShouldBe(HelperPauses.First);

    [Theory]
    [InlineData(0)]
    [InlineData(137)]
    [InlineData(143)]
    public void Who_was_ended_from_outside_is_started_at_once(int exitCode) =>
        _pauses.LeftOf(Instance, Ended(Noon) with { ExitCode = exitCode }).ShouldBe(TimeSpan.Zero);

    [Fact]
    public void Who_ran_for_long_is_started_at_once_and_begins_anew()
    {
        _pauses.LeftOf(Instance, Ended(Noon));
        _pauses.LeftOf(Instance, Ended(Noon.AddHours(1)) with { StartedAt = Noon }).ShouldBe(TimeSpan.Zero);

        _pauses.LeftOf(Instance, Ended(Noon.AddHours(2))).ShouldBe(HelperPauses.First);
    }

    [Fact]
    public void Instances_do_not_wait_for_each_other_nor_for_their_past()
    {
        _pauses.LeftOf(Instance, Ended(Noon));
        _pauses.LeftOf(Instance + 1, Ended(Noon.AddHours(1))).ShouldBe(HelperPauses.First);

        _pauses.Forget(Instance);

        _pauses.LeftOf(Instance, Ended(Noon.AddHours(1))).ShouldBe(HelperPauses.First);
    }

    private static ContainerState Ended(DateTimeOffset at) =>
        new() { Status = ContainerStates.Exited, ExitCode = 3, StartedAt = at.AddSeconds(-0.2), FinishedAt = at };
}
