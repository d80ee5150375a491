using LabOrchestrator.Conformance;

namespace LabOrchestrator.Instances;

public sealed class ReconcileQueueTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly ReconcileQueue _queue;

    public ReconcileQueueTests() => _queue = new ReconcileQueue(_time);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Asking_for_an_instance_many_times_gives_it_out_once()
    {
        _queue.Add(1);
        _queue.Add(1);
        _queue.Add(2);

        (await _queue.TakeAsync(default)).ShouldBe(1);
        (await _queue.TakeAsync(default)).ShouldBe(2);
        await NothingIsReadyAsync();
    }

    [Fact]
    public async Task An_instance_that_is_worked_on_is_not_given_to_a_second_worker_but_comes_again_afterwards()
    {
        _queue.Add(1);
        await _queue.TakeAsync(default);
        _queue.Add(1);
        await NothingIsReadyAsync();

        _queue.Done(1);

        (await _queue.TakeAsync(default)).ShouldBe(1);
    }

    [Fact]
    public async Task An_instance_put_in_for_later_comes_when_its_time_has_come()
    {
        _queue.AddAfter(1, TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(9));
        await NothingIsReadyAsync();

        _time.Advance(TimeSpan.FromSeconds(1));

        (await _queue.TakeAsync(default)).ShouldBe(1);
    }

    [Fact]
    public async Task The_earlier_of_two_later_times_counts()
    {
        _queue.AddAfter(1, TimeSpan.FromSeconds(5));
        _queue.AddAfter(1, TimeSpan.FromSeconds(60));
        _time.Advance(TimeSpan.FromSeconds(5));

        (await _queue.TakeAsync(default)).ShouldBe(1);
        _queue.Done(1);
        _time.Advance(TimeSpan.FromSeconds(60));
        await NothingIsReadyAsync();
    }

    [Fact]
    public async Task Asking_now_overtakes_asking_later()
    {
        _queue.AddAfter(1, TimeSpan.FromSeconds(5));
        _queue.Add(1);

        (await _queue.TakeAsync(default)).ShouldBe(1);
        _queue.Done(1);
        _time.Advance(TimeSpan.FromSeconds(10));
        await NothingIsReadyAsync();
    }

    private async Task NothingIsReadyAsync()
    {
        using var cancellation = new CancellationTokenSource();
        var take = _queue.TakeAsync(cancellation.Token);
        take.IsCompleted.ShouldBeFalse();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(take);
    }
}
