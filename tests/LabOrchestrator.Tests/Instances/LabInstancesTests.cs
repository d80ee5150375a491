using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;

namespace LabOrchestrator.Instances;

public sealed class LabInstancesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stopped_lab_leaves_nothing_in_the_engine()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, InstancePhase.Running);

        await harness.Instances.StopAsync(instance.Id, Token);

        await harness.UntilAsync(instance.Id, InstancePhase.Stopped);
        (await harness.Runtime.ListAsync(Token)).ShouldBeEmpty();
        (await harness.Instances.ListHistoryAsync(instance.Id, Token)).Select(h => h.Phase)
            .ShouldBe([InstancePhase.Queued, InstancePhase.Starting, InstancePhase.Running, InstancePhase.Stopped]);
    }

    [Fact]
    public async Task Stopping_a_lab_in_the_middle_of_its_start_ends_the_start()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        harness.Runtime.Faults.StageTime = TimeSpan.FromHours(1);
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, i => i.Status.Machines[0].Stage == MachineStage.Image);
        var before = harness.Time.GetUtcNow();

        await harness.Instances.StopAsync(instance.Id, Token);

        await harness.UntilAsync(instance.Id, InstancePhase.Stopped);
        (harness.Time.GetUtcNow() - before).ShouldBeLessThan(TimeSpan.FromMinutes(30));
        (await harness.Runtime.ListAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Labs_beyond_the_limit_wait_in_order_and_start_when_room_is_made()
    {
        await using var harness = await new InstanceHarness(new AdmissionLimits { Instances = 1 }).RunAsync();
        var lab = await harness.AddLabAsync();
        var first = await harness.StartAsync(lab, owner: 1);
        await harness.UntilAsync(first.Id, InstancePhase.Running);
        var second = await harness.StartAsync(lab, owner: 2);
        var third = await harness.StartAsync(lab, owner: 3);

        (await harness.UntilAsync(second.Id, i => i.Status.Reason is not null)).Status.QueuePlace.ShouldBe(1);
        (await harness.UntilAsync(third.Id, i => i.Status.Reason is not null)).Status.QueuePlace.ShouldBe(2);
        await harness.Instances.StopAsync(first.Id, Token);

        await harness.UntilAsync(second.Id, InstancePhase.Running);
        (await harness.Instances.FindAsync(third.Id, Token))!.Status.QueuePlace.ShouldBe(1);
    }

    [Fact]
    public async Task A_waiting_lab_can_be_stopped_and_the_others_move_up()
    {
        await using var harness = await new InstanceHarness(new AdmissionLimits { Instances = 1 }).RunAsync();
        var lab = await harness.AddLabAsync();
        await harness.UntilAsync((await harness.StartAsync(lab, owner: 1)).Id, InstancePhase.Running);
        var second = await harness.StartAsync(lab, owner: 2);
        var third = await harness.StartAsync(lab, owner: 3);

        await harness.Instances.StopAsync(second.Id, Token);

        await harness.UntilAsync(second.Id, InstancePhase.Stopped);
        await harness.UntilAsync(third.Id, i => i.Status.QueuePlace == 1);
    }

    [Fact]
    public async Task A_paused_lab_stands_still_and_goes_on()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, InstancePhase.Running);

        await harness.Instances.PauseAsync(instance.Id, Token);
        var paused = await harness.UntilAsync(instance.Id, InstancePhase.Paused);
        paused.Status.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Paused);
        (await harness.Instances.ResetAsync(instance.Id, "server", Token)).ShouldBeOfType<ChangeResult.Conflict>();

        await harness.Instances.ResumeAsync(instance.Id, Token);
        await harness.UntilAsync(instance.Id, InstancePhase.Running);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_runtime_that_freezes_VMs_alone_pauses_labs_of_VMs_alone(bool areVmsAlone)
    {
        var runtime = new InMemoryLabRuntime(TimeProvider.System)
        {
            Capabilities = new([RuntimeCapabilities.VirtualMachines, RuntimeCapabilities.Containers, RuntimeCapabilities.PauseVirtualMachines]),
        };
        await using var harness = await new InstanceHarness(runtime: runtime).RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync(areVmsAlone: areVmsAlone));
        await harness.UntilAsync(instance.Id, InstancePhase.Running);

        var paused = await harness.Instances.PauseAsync(instance.Id, Token);

        if (areVmsAlone)
        {
            await harness.UntilAsync(instance.Id, InstancePhase.Paused);
        }
        else
        {
            paused.ShouldBeOfType<ChangeResult.Conflict>().Reason.ShouldContain("cannot pause this lab");
        }
    }

    [Fact]
    public async Task Restart_keeps_a_machines_disk_and_reset_returns_it_to_its_image()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, InstancePhase.Running);
        await harness.Runtime.RunAsync(instance.Id, "server", ["write", "note", "kept"], Token);

        await harness.Instances.PowerOffAsync(instance.Id, "server", Token);
        await harness.UntilAsync(instance.Id, i => i.Status.Machines[0].Phase == MachinePhase.PoweredOff);
        await harness.Instances.PowerOnAsync(instance.Id, "server", Token);
        await harness.UntilAsync(instance.Id, i => i.Status.Machines[0].Phase == MachinePhase.Running);
        (await harness.Runtime.RunAsync(instance.Id, "server", ["read", "note"], Token)).Output.ShouldBe("kept\n");

        await harness.Instances.ResetAsync(instance.Id, "server", Token);
        await harness.UntilAsync(
            async () => (await harness.Runtime.RunAsync(instance.Id, "server", ["read", "note"], Token)).ExitCode == 1,
            () => "The note is still there.");
    }

    [Fact]
    public async Task None_of_many_concurrent_changes_is_lost()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var instance = await harness.StartAsync(await harness.AddLabAsync());
        await harness.UntilAsync(instance.Id, InstancePhase.Running);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => harness.Instances.RestartAsync(instance.Id, "client", Token)));

        (await harness.Instances.FindAsync(instance.Id, Token))!.Machines["client"].BootGeneration.ShouldBe(20);
    }

    [Fact]
    public async Task A_machine_that_is_not_there_cannot_be_changed()
    {
        await using var harness = new InstanceHarness();
        var instance = await harness.StartAsync(await harness.AddLabAsync());

        (await harness.Instances.RestartAsync(instance.Id, "printer", Token)).ShouldBeOfType<ChangeResult.NotFound>();
        (await harness.Instances.RestartAsync(instance.Id + 1, "client", Token)).ShouldBeOfType<ChangeResult.NotFound>();
    }
}
