using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;

namespace LabOrchestrator.Instances;

public sealed class LabInstanceReconcilerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_start_that_cannot_succeed_fails_with_the_engines_reason_and_leaves_nothing()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        harness.Runtime.Faults.FailImage("terminal", "manifest unknown");

        var instance = await harness.StartAsync(await harness.AddLabAsync());

        var failed = await harness.UntilAsync(instance.Id, InstancePhase.Failed);
        failed.Status.Reason.ShouldBe("client: manifest unknown");
        failed.Status.Machines[1].Reason.ShouldBe("manifest unknown");
        (await harness.Runtime.ListAsync(Token)).ShouldBeEmpty();
        (await harness.Store.FindAsync(instance.Id, Token))!.Status.Phase.ShouldBe(InstancePhase.Failed);
    }

    [Fact]
    public async Task A_failed_lab_can_be_started_again()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var lab = await harness.AddLabAsync();
        harness.Runtime.Faults.FailImage("terminal", "manifest unknown");
        await harness.UntilAsync((await harness.StartAsync(lab)).Id, InstancePhase.Failed);
        harness.Runtime.Faults.FailImage("terminal", null);

        await harness.UntilAsync((await harness.StartAsync(lab)).Id, InstancePhase.Running);
    }

    [Fact]
    public async Task Starts_wait_while_the_engine_is_away_and_go_on_when_it_is_back()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        harness.Runtime.Faults.IsAway = true;
        harness.Time.Advance(RuntimeHealth.FreshFor);
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        var waiting = await harness.UntilAsync(instance.Id, i => i.Status.Reason is not null);
        waiting.Status.Phase.ShouldBe(InstancePhase.Queued);
        waiting.Status.Reason!.ShouldContain("away");

        harness.Runtime.Faults.IsAway = false;

        (await harness.UntilAsync(instance.Id, InstancePhase.Running)).Status.Reason.ShouldBeNull();
    }

    [Fact]
    public async Task A_running_lab_says_that_its_engine_is_away_and_takes_it_back_afterwards()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, InstancePhase.Running);

        harness.Runtime.Faults.IsAway = true;
        (await harness.UntilAsync(instance.Id, i => i.Status.Reason is not null)).Status.Phase.ShouldBe(InstancePhase.Running);

        harness.Runtime.Faults.IsAway = false;
        await harness.UntilAsync(instance.Id, i => i.Status.Reason is null);
    }

    [Fact]
    public async Task A_running_lab_goes_on_when_its_images_leave_the_catalogue()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, InstancePhase.Running);
        foreach (var image in await harness.Images.ListAsync(Token))
        {
            await harness.Images.RemoveAsync(image.Id, Token);
        }

        harness.Runtime.Kill(instance.Id, "client", "exit code 137");
        await harness.UntilAsync(instance.Id, i => i.Status.Machines[1].Phase == MachinePhase.Failed);
        (await harness.UntilAsync(instance.Id, InstancePhase.Running)).Status.Machines[0].Phase.ShouldBe(MachinePhase.Running);
        await harness.Instances.RestartAsync(instance.Id, "client", Token);

        var back = await harness.UntilAsync(instance.Id, i => i.Status.Machines.All(m => m.Phase == MachinePhase.Running));
        back.Status.Reason.ShouldBeNull();
    }

    [Fact]
    public async Task A_machine_that_dies_is_shown_and_can_be_restarted()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, InstancePhase.Running);

        harness.Runtime.Kill(instance.Id, "server", "exit code 137");

        var seen = await harness.UntilAsync(instance.Id, i => i.Status.Machines[0].Phase == MachinePhase.Failed);
        seen.Status.Phase.ShouldBe(InstancePhase.Running);
        seen.Status.Machines[0].Reason.ShouldBe("exit code 137");
        await harness.Instances.RestartAsync(instance.Id, "server", Token);
        await harness.UntilAsync(instance.Id, i => i.Status.Machines[0].Phase == MachinePhase.Running);
    }

    [Fact]
    public async Task A_machine_that_is_restarted_says_where_its_start_is()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, InstancePhase.Running);
        harness.Runtime.Faults.StageTime = TimeSpan.FromMinutes(1);

        await harness.Instances.RestartAsync(instance.Id, "server", Token);

        await harness.UntilAsync(instance.Id, i => i.Status.Machines[0] is { Phase: MachinePhase.Starting, Stage: MachineStage.Image });
        harness.Runtime.Faults.StageTime = TimeSpan.Zero;
        var back = await harness.UntilAsync(instance.Id, i => i.Status.Machines[0].Phase == MachinePhase.Running);
        back.Status.Machines[1].Phase.ShouldBe(MachinePhase.Running);
    }

    [Fact]
    public async Task A_lab_that_wants_to_ends_when_its_engine_loses_its_machines()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync(onLoss: LossPolicy.Fail));
        await harness.UntilAsync(instance.Id, InstancePhase.Running);
        harness.Runtime.Kill(instance.Id, "server", "exit code 137");
        await harness.UntilAsync(instance.Id, i => i.Status.Machines[0].Phase == MachinePhase.Failed);
        await harness.Instances.RestartAsync(instance.Id, "server", Token);
        await harness.UntilAsync(instance.Id, i => i.Status.Machines[0].Phase == MachinePhase.Running);
        await harness.Instances.ResetAsync(instance.Id, "server", Token);
        await harness.UntilAsync(instance.Id, i => i.Status.Machines[0].Settled.ResetGeneration == 1);

        harness.Runtime.Lose(instance.Id);

        var ended = await harness.UntilAsync(instance.Id, InstancePhase.Failed);
        ended.Status.Reason.ShouldNotBeNull().ShouldContain("lost \"server\"");
        (await harness.Runtime.ListAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_instance_that_was_deleted_behind_our_back_is_made_again()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, InstancePhase.Running);

        harness.Runtime.Lose(instance.Id);

        await harness.UntilAsync(async () => (await harness.Runtime.ListAsync(Token)).Count == 1, () => "It did not come back.");
    }

    [Fact]
    public async Task A_machine_that_was_deleted_behind_our_back_is_made_again_and_its_users_are_told()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        var before = await harness.UntilAsync(instance.Id, InstancePhase.Running);
        before.Status.Machines.ShouldAllBe(m => m.Remark == null || !m.Remark.Contains("lost", StringComparison.Ordinal));

        harness.Runtime.Lose(instance.Id, "server");

        var told = await harness.UntilAsync(
            instance.Id, i => i.Status.Machines.Any(m => m is { Name: "server", Remark: { } remark } && remark.Contains("lost this machine", StringComparison.Ordinal)));
        told.Status.Machines.Single(m => m.Name == "server").Phase.ShouldBe(MachinePhase.Running);
    }

    [Fact]
    public async Task Labs_whose_server_was_killed_in_the_middle_of_starting_run_after_its_restart()
    {
        await using var first = await new InstanceHarness().RunAsync();
        var lab = await first.AddLabAsync();
        first.Runtime.Faults.StageTime = TimeSpan.FromSeconds(1);
        var ids = new List<long>();
        foreach (var owner in Enumerable.Range(1, 10))
        {
            ids.Add((await first.StartAsync(lab, owner)).Id);
        }

        await first.UntilAsync(ids[0], InstancePhase.Starting);
        await first.KillAsync();
        first.Runtime.Faults.StageTime = TimeSpan.Zero;

        await using var second = await new InstanceHarness(after: first).RunAsync();

        foreach (var id in ids)
        {
            await second.UntilAsync(id, InstancePhase.Running);
        }

        (await second.Runtime.ListAsync(Token)).Count.ShouldBe(10);
    }

    [Fact]
    public async Task An_instance_that_the_database_does_not_know_is_said_to_run_on_where_the_engine_cannot_freeze_it()
    {
        var runtime = new InMemoryLabRuntime(new LabOrchestrator.Conformance.ManualTimeProvider())
        {
            Capabilities = new([RuntimeCapabilities.VirtualMachines, RuntimeCapabilities.Containers]),
        };
        await using var lost = await new InstanceHarness(runtime: runtime).RunAsync();
        var instance = await lost.StartAsync(await lost.AddLabAsync());
        await lost.UntilAsync(instance.Id, InstancePhase.Running);
        await lost.KillAsync();

        await using var survivor = await new InstanceHarness(runtime: runtime).RunAsync();

        await survivor.UntilAsync(() => Task.FromResult(survivor.Orphans.All.Count == 1), () => "The orphan was not found.");
        await survivor.SurveyAsync();
        survivor.Orphans.All.ShouldHaveSingleItem().IsRunning.ShouldBeTrue();
        (await runtime.ObserveAsync(instance.Id, Token))!.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
    }

    [Fact]
    public async Task What_an_engine_can_freeze_of_an_instance_that_the_database_does_not_know_is_frozen_and_the_rest_is_named()
    {
        var runtime = new InMemoryLabRuntime(new LabOrchestrator.Conformance.ManualTimeProvider())
        {
            Capabilities = new([RuntimeCapabilities.VirtualMachines, RuntimeCapabilities.Containers, RuntimeCapabilities.PauseVirtualMachines]),
        };
        await using var lost = await new InstanceHarness(runtime: runtime).RunAsync();
        var instance = await lost.StartAsync(await lost.AddLabAsync());
        await lost.UntilAsync(instance.Id, InstancePhase.Running);
        await lost.KillAsync();

        await using var survivor = await new InstanceHarness(runtime: runtime).RunAsync();

        await survivor.UntilAsync(
            () => Task.FromResult(survivor.Orphans.All.Count == 1 && survivor.Orphans.All[0].Running.SequenceEqual(["client"])),
            () => "It is not said that the container runs on.");
        var machines = (await runtime.ObserveAsync(instance.Id, Token))!.Machines.ToDictionary(m => m.Name, m => m.Phase);
        machines["server"].ShouldBe(MachinePhase.Paused);
        machines["client"].ShouldBe(MachinePhase.Running);
    }

    [Fact]
    public async Task An_instance_that_the_database_does_not_know_is_frozen_shown_and_deleted_after_a_day()
    {
        await using var lost = await new InstanceHarness().RunAsync();
        var instance = await lost.StartAsync(await lost.AddLabAsync());
        await lost.UntilAsync(instance.Id, InstancePhase.Running);
        await lost.KillAsync();

        await using var survivor = await new InstanceHarness(runtime: lost.Runtime).RunAsync();

        await survivor.UntilAsync(() => Task.FromResult(survivor.Orphans.All.Count == 1), () => "The orphan was not found.");
        survivor.Orphans.All[0].InstanceId.ShouldBe(instance.Id);
        await survivor.UntilAsync(
            async () => (await survivor.Runtime.ObserveAsync(instance.Id, Token))!.Machines.All(m => m.Phase == MachinePhase.Paused),
            () => "The orphan runs on.");
        await survivor.UntilAsync(() => Task.FromResult(!survivor.Orphans.All[0].IsRunning), () => "The orphan is said to run on.");
        var found = survivor.Orphans.All[0].SeenAt;
        survivor.Time.Advance(found + TimeSpan.FromHours(23) - survivor.Time.GetUtcNow());
        await survivor.SurveyAsync();
        (await survivor.Runtime.ListAsync(Token)).Count.ShouldBe(1);

        survivor.Time.Advance(found + TimeSpan.FromHours(24) - survivor.Time.GetUtcNow());
        await survivor.UntilAsync(async () => (await survivor.Runtime.ListAsync(Token)).Count == 0, () => "The orphan is still there.");
    }
}
