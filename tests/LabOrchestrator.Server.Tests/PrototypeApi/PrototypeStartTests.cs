using LabOrchestrator.Conformance;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes.InMemory;
using LabOrchestrator.Server.PrototypeApi;
using static LabOrchestrator.Server.Tests.PrototypeApi.PrototypeFixture;

namespace LabOrchestrator.Server.Tests.PrototypeApi;

public sealed class PrototypeStartTests : IAsyncLifetime
{
    private readonly PrototypeFixture _prototype = new();

    private InMemoryLabRuntime Engine => _prototype.Server.Services.GetRequiredService<InMemoryLabRuntime>();

    private LabInstances Instances => _prototype.Server.Services.GetRequiredService<LabInstances>();

    public ValueTask InitializeAsync() => _prototype.InitializeAsync();

    public ValueTask DisposeAsync() => _prototype.DisposeAsync();

    [Fact]
    public async Task A_start_right_after_a_deletion_makes_a_new_instance_once_the_old_one_is_gone()
    {
        var (id, owner) = await DeletedAsync();
        var time = new NotedTime();

        var starting = PrototypeStart.StartAsync(new StartRequest(_prototype.LabId, owner), Instances, time, TestContext.Current.CancellationToken);
        await Task.WhenAny(starting, time.Waits.Task);
        starting.IsCompleted.ShouldBeFalse();
        Engine.Faults.IsAway = false;

        (await starting).ShouldBeOfType<StartResult.Accepted>().Instance.Id.ShouldNotBe(id);
    }

    [Fact]
    public async Task A_deleted_instance_that_does_not_go_is_waited_for_a_bounded_time()
    {
        var (_, owner) = await DeletedAsync();
        var time = new ManualTimeProvider();

        var starting = PrototypeStart.StartAsync(new StartRequest(_prototype.LabId, owner), Instances, time, TestContext.Current.CancellationToken);

        await Eventually.IsSoAsync(() =>
        {
            time.Advance(PrototypeStart.Patience);
            return starting.IsCompleted;
        });
        (await starting).ShouldBeOfType<StartResult.Refused>().Code.ShouldBe(RefusalCode.BeingRemoved);
        Engine.Faults.IsAway = false;
    }

    // By an engine that is away, so that it does not go.
    private async Task<(long Id, long Owner)> DeletedAsync()
    {
        var id = await IdAsync(_prototype.Admin.PostAsync("/lab_instance", Form($"lab_id={_prototype.LabId}")));
        var owner = (await Instances.FindAsync(id, default))!.OwnerId;
        Engine.Faults.IsAway = true;
        (await _prototype.Admin.DeleteAsync($"/lab_instance/{id}").StatusAsync()).ShouldBe(System.Net.HttpStatusCode.NoContent);
        return (id, owner);
    }

    /// <summary>The system's time; tells when somebody begins to wait by it.</summary>
    private sealed class NotedTime : TimeProvider
    {
        public TaskCompletionSource Waits { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.TrySetResult();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
