using LabOrchestrator.Conformance;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Docker.Tests.Instances;

[Trait("Category", "Engine")]
public sealed class LeftTasksTests(EngineFixture engine) : IAsyncLifetime
{
    private readonly Installation _mine = Installation.Create();
    private readonly Installation _other = Installation.Create();

    private static CancellationToken Patient => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await engine.RemoveAllAsync(_mine);
        await engine.RemoveAllAsync(_other);
    }

    [Fact]
    public async Task The_tasks_of_a_killed_server_are_removed_at_the_next_ones_first_check_and_those_of_others_stay()
    {
        foreach (var installation in new[] { _mine, _other })
        {
            var left = await engine.Engine.Containers.CreateAsync(new EngineNames(installation).Task("left"), Sleeper(installation), Patient);
            await engine.Engine.Containers.StartAsync(left.ShouldNotBeNull(), Patient);
        }

        using var runtime = new DockerLabRuntime(_mine, engine.Options);
        var readiness = await runtime.CheckAsync(Patient);

        readiness.IsReady.ShouldBeTrue(readiness.Reason);
        (await ListAsync(_mine)).ShouldBeEmpty();
        (await ListAsync(_other)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_task_that_is_being_run_is_none_that_was_left()
    {
        var tasks = new EngineTask(engine.Engine, new EngineNames(_mine));
        using var end = new CancellationTokenSource();
        var running = tasks.RunAsync("long", Sleeper(_mine), end.Token);
        await Eventually.ShowsAsync(() => ListAsync(_mine), l => l is [{ State: ContainerStates.Running }]);

        await new LeftTasks(engine.Engine, tasks, _mine, NullLogger.Instance).RemoveAsync(Patient);

        (await ListAsync(_mine)).ShouldHaveSingleItem();
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
        (await ListAsync(_mine)).ShouldBeEmpty();
    }

    private Task<IReadOnlyList<ContainerSummary>> ListAsync(Installation installation) =>
        engine.Engine.Containers.ListAsync([EngineLabels.Of(installation)], Patient);

    private static ContainerCreation Sleeper(Installation installation) => new()
    {
        Image = EngineFixture.Terminal.Reference,
        Entrypoint = ["sleep", "infinity"],
        Labels = EngineLabels.Shared(installation, EngineRoles.Task),
    };
}
