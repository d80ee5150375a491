namespace LabOrchestrator.Instances;

public sealed class AdmissionDeskTests
{
    [Fact]
    public async Task A_lab_that_turns_out_too_large_when_the_engine_is_back_fails_and_holds_up_nobody()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        harness.Runtime.Faults.IsAway = true;
        var large = await harness.StartAsync(await harness.AddLabAsync());
        var small = await harness.StartAsync(await harness.AddLabAsync("small", areVmsAlone: true), owner: 2);
        await harness.UntilAsync(small.Id, i => i.Status is { Phase: InstancePhase.Queued, Reason: not null });

        // Of 256 MiB that the first takes and 128 MiB that the second takes, nine tenths of this are enough for one alone.
        harness.Runtime.Faults.MemoryBytes = 200L << 20;
        harness.Runtime.Faults.IsAway = false;

        (await harness.UntilAsync(large.Id, i => !i.IsLive)).Status.ShouldSatisfyAllConditions(
            s => s.Phase.ShouldBe(InstancePhase.Failed),
            s => s.Reason.ShouldNotBeNull().ShouldContain("Limits__MemoryBytes"));
        await harness.UntilAsync(small.Id, InstancePhase.Running);
    }

    [Fact]
    public async Task Who_is_not_the_first_of_those_who_wait_is_told_so_and_not_what_the_first_one_lacks()
    {
        await using var harness = await new InstanceHarness(new AdmissionLimits { MemoryBytes = 300L << 20 }).RunAsync();
        var large = await harness.AddLabAsync();
        await harness.UntilAsync((await harness.StartAsync(large, owner: 1)).Id, InstancePhase.Running);
        var first = await harness.StartAsync(large, owner: 2);
        var second = await harness.StartAsync(await harness.AddLabAsync("small", areVmsAlone: true), owner: 3);

        (await harness.UntilAsync(first.Id, i => i.Status.Reason is not null)).Status.Reason.ShouldNotBeNull().ShouldContain("256 MiB of memory");
        (await harness.UntilAsync(second.Id, i => i.Status.Reason is not null)).Status.Reason.ShouldBe(Admission.OthersAreFirst);
    }
}
