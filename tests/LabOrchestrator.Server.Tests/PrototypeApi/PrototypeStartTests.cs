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
        var id = await IdAsync(StartAsync());
        Engine.Faults.IsAway = true;
        (await _prototype.Admin.DeleteAsync($"/lab_instance/{id}").StatusAsync()).ShouldBe(System.Net.HttpStatusCode.NoContent);

        // The engine is asked again a second later at the earliest.
        var starting = StartAsync();
        Engine.Faults.IsAway = false;

        (await IdAsync(starting)).ShouldNotBe(id);
    }

    [Fact]
    public async Task A_deleted_instance_that_does_not_go_is_waited_for_a_bounded_time()
    {
        var id = await IdAsync(StartAsync());
        var owner = (await Instances.FindAsync(id, default))!.OwnerId;
        Engine.Faults.IsAway = true;
        await Instances.StopAsync(id, default);
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

    private Task<HttpResponseMessage> StartAsync() => _prototype.Admin.PostAsync("/lab_instance", Form($"lab_id={_prototype.LabId}"));
}
