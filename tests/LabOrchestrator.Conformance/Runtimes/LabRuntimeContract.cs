using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Conformance.Runtimes;

/// <summary>What every <see cref="ILabRuntime"/> keeps to in the life of instances.</summary>
public abstract class LabRuntimeContract : LabRuntimeHarness
{
    [Fact]
    public async Task The_runtime_is_ready_and_says_what_it_can()
    {
        (await Runtime.CheckAsync(Patient)).ShouldSatisfyAllConditions(r => r.Reason.ShouldBeNull(), r => r.IsReady.ShouldBeTrue());
        Runtime.Name.ShouldNotBeEmpty();
        RuntimeCapabilities.Known.IsSupersetOf(Runtime.Capabilities.Names).ShouldBeTrue();
    }

    [Fact]
    public async Task An_applied_instance_runs_and_is_observed_and_listed()
    {
        var spec = Spec(ContainerMachine("one"), ContainerMachine("two"));

        var applied = await ApplyAsync(spec);

        applied.InstanceId.ShouldBe(spec.InstanceId);
        applied.Machines.Select(m => m.Name).Order().ShouldBe(["one", "two"]);
        applied.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running && m.Addresses.Length == 1 && m.ImageDigest != null && m.Reason == null);
        applied.Machines.SelectMany(m => m.Addresses).Distinct().Count().ShouldBe(2);
        applied.CreatedAt.ShouldNotBeNull();
        var observed = await Runtime.ObserveAsync(spec.InstanceId, Patient);
        Of(observed, "one").Phase.ShouldBe(MachinePhase.Running);
        Of(observed, "one").Addresses.ShouldBe(Of(applied, "one").Addresses);
        (await Runtime.ListAsync(Patient)).ShouldContain(i => i.InstanceId == spec.InstanceId && i.Machines.Length == 2);
    }

    [Fact]
    public async Task Stages_are_reported_in_their_order()
    {
        var stages = new StageLog();

        await Runtime.ApplyAsync(Spec(ContainerMachine("one"), ContainerMachine("two")), stages, Patient);

        foreach (var machine in new[] { "one", "two" })
        {
            stages.Of(machine).SkipWhile(s => s == MachineStage.Place).ShouldBe([MachineStage.Image, MachineStage.Disk, MachineStage.Boot, MachineStage.ConsoleReady]);
        }
    }

    [Fact]
    public async Task Applying_again_disturbs_nothing()
    {
        var spec = Spec(ContainerMachine());
        var first = await ApplyAsync(spec);
        await using var before = await AttachAsync(spec, "box");

        var second = await ApplyAsync(spec);

        await using var after = await AttachAsync(spec, "box");
        after.Epoch.ShouldBe(before.Epoch);
        second.CreatedAt.ShouldBe(first.CreatedAt);
        Of(second, "box").ShouldBe(Of(first, "box") with { Addresses = Of(second, "box").Addresses });
    }

    [Fact]
    public async Task A_digest_once_resolved_serves_again()
    {
        var spec = Spec(ContainerMachine());
        var digest = Of(await ApplyAsync(spec), "box").ImageDigest;

        var again = await ApplyAsync(With(spec, "box", m => m with { ImageDigest = digest, ResetGeneration = 1 }));

        Of(again, "box").ImageDigest.ShouldBe(digest);
        Of(again, "box").Phase.ShouldBe(MachinePhase.Running);
    }

    [Fact]
    public async Task Deleting_leaves_nothing_and_may_be_repeated()
    {
        var spec = Spec(ContainerMachine());
        var other = Spec(ContainerMachine());
        await Task.WhenAll(ApplyAsync(spec), ApplyAsync(other));

        await Runtime.DeleteAsync(spec.InstanceId, Patient);
        await Runtime.DeleteAsync(spec.InstanceId, Patient);

        (await Runtime.ObserveAsync(spec.InstanceId, Patient)).ShouldBeNull();
        (await Runtime.ListAsync(Patient)).ShouldNotContain(i => i.InstanceId == spec.InstanceId);
        Of(await Runtime.ObserveAsync(other.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running);
    }

    [Fact]
    public async Task What_never_was_is_observed_as_nothing_and_deleted_without_complaint()
    {
        var id = NewInstanceId();

        (await Runtime.ObserveAsync(id, Patient)).ShouldBeNull();
        await Runtime.DeleteAsync(id, Patient);
        await Should.ThrowAsync<InstanceFailedException>(() => Runtime.PauseAsync(id, Patient));
        await Should.ThrowAsync<InstanceFailedException>(() => Runtime.ResumeAsync(id, Patient));
    }

    [Fact]
    public async Task Restart_keeps_the_disk_and_boots_anew()
    {
        var spec = Spec(ContainerMachine("one"), ContainerMachine("two"));
        await ApplyAsync(spec);
        await RunAsync(spec, "one", WriteFile("notes", "kept"));
        await using var one = await AttachAsync(spec, "one");
        await using var two = await AttachAsync(spec, "two");

        var restarted = await ApplyAsync(With(spec, "one", m => m with { BootGeneration = 1 }));

        Of(restarted, "one").Phase.ShouldBe(MachinePhase.Running);
        (await RunAsync(spec, "one", ReadFile("notes"))).ShouldBe("kept");
        await using var oneAgain = await AttachAsync(spec, "one");
        await using var twoAgain = await AttachAsync(spec, "two");
        oneAgain.Epoch.ShouldNotBe(one.Epoch, "the restarted machine has a new terminal");
        twoAgain.Epoch.ShouldBe(two.Epoch, "the other machine is left alone");
    }

    [Fact]
    public async Task Reset_returns_the_disk_to_the_image()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        await RunAsync(spec, "box", WriteFile("notes", "lost"));

        var reset = await ApplyAsync(With(spec, "box", m => m with { ResetGeneration = 1 }));

        Of(reset, "box").Phase.ShouldBe(MachinePhase.Running);
        (await Commands.RunAsync(spec.InstanceId, "box", ReadFile("notes"), Patient)).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task Power_off_keeps_the_disk()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        await RunAsync(spec, "box", WriteFile("notes", "kept"));

        var off = await ApplyAsync(With(spec, "box", m => m with { PoweredOn = false }));
        Of(off, "box").Phase.ShouldBe(MachinePhase.PoweredOff);
        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.PoweredOff);
        Of(await ApplyAsync(With(spec, "box", m => m with { PoweredOn = false })), "box").Phase.ShouldBe(MachinePhase.PoweredOff);

        var on = await ApplyAsync(With(spec, "box", m => m with { BootGeneration = 1 }));
        Of(on, "box").Phase.ShouldBe(MachinePhase.Running);
        (await RunAsync(spec, "box", ReadFile("notes"))).ShouldBe("kept");
    }

    [Fact]
    public async Task A_machine_that_died_stays_dead_until_it_is_booted_again()
    {
        var spec = Spec(ContainerMachine("one"), ContainerMachine("two"));
        await ApplyAsync(spec);
        await RunAsync(spec, "one", WriteFile("notes", "kept"));

        await KillAsync(spec.InstanceId, "one");

        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "one").Phase.ShouldBe(MachinePhase.Failed);
        var applied = await ApplyAsync(spec);
        Of(applied, "one").Phase.ShouldBe(MachinePhase.Failed);
        Of(applied, "one").Reason.ShouldNotBeNullOrWhiteSpace();
        Of(applied, "two").Phase.ShouldBe(MachinePhase.Running);

        var booted = await ApplyAsync(With(spec, "one", m => m with { BootGeneration = 1 }));
        Of(booted, "one").Phase.ShouldBe(MachinePhase.Running);
        Of(booted, "one").Reason.ShouldBeNull();
        (await RunAsync(spec, "one", ReadFile("notes"))).ShouldBe("kept");
    }

    [Fact]
    public async Task Pause_keeps_memory_and_resume_goes_on_or_is_refused_with_the_reason()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        await using var person = await AttachAsync(spec, "box");
        if (!Runtime.Capabilities.Names.Contains(RuntimeCapabilities.Pause))
        {
            (await Should.ThrowAsync<InstanceFailedException>(() => Runtime.PauseAsync(spec.InstanceId, Patient))).Message.ShouldContain("box");
            Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running);
            return;
        }

        Of(await Runtime.PauseAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Paused);
        Of(await Runtime.PauseAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Paused);
        Of(await ApplyAsync(spec), "box").Phase.ShouldBe(MachinePhase.Paused, "applying does not thaw");
        Of(await Runtime.ResumeAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running);
        Of(await Runtime.ResumeAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running);

        await person.TypeAsync("echo  still   here\r", Patient);
        await person.ReadUntilAsync("still here", Patient);
    }

    [Theory]
    [InlineData(MachineStage.Image)]
    [InlineData(MachineStage.Disk)]
    [InlineData(MachineStage.Boot)]
    public async Task A_cancelled_start_can_go_on_and_can_be_deleted(MachineStage stage)
    {
        var spec = Spec(ContainerMachine("one"), ContainerMachine("two"), ContainerMachine("three"), ContainerMachine("four"));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var start = Runtime.ApplyAsync(spec, new CancelAt(stage, cancel), cancel.Token);
        await Should.ThrowAsync<OperationCanceledException>(() => start);

        (await ApplyAsync(spec)).Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
        await Runtime.DeleteAsync(spec.InstanceId, Patient);
        (await Runtime.ObserveAsync(spec.InstanceId, Patient)).ShouldBeNull();
    }

    [Fact]
    public async Task Watching_begins_with_everything_and_tells_of_each_change()
    {
        var spec = Spec(ContainerMachine());
        await using var changes = Runtime.WatchAsync(Patient).GetAsyncEnumerator();
        (await changes.MoveNextAsync()).ShouldBeTrue();
        changes.Current.ShouldBeNull();

        await ApplyAsync(spec);
        await UntilAsync(changes, spec.InstanceId);
        await KillAsync(spec.InstanceId, "box");
        await UntilAsync(changes, spec.InstanceId);
    }

    private static async Task UntilAsync(IAsyncEnumerator<long?> changes, long id)
    {
        do
        {
            (await changes.MoveNextAsync()).ShouldBeTrue();
        }
        while (changes.Current != id);
    }

    private sealed class CancelAt(MachineStage stage, CancellationTokenSource source) : IProgress<MachineProgress>
    {
        public void Report(MachineProgress value)
        {
            if (value.Stage == stage)
            {
                source.Cancel();
            }
        }
    }
}
