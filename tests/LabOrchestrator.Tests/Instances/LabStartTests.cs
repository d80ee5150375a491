using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;

namespace LabOrchestrator.Instances;

public sealed class LabStartTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_started_lab_runs_with_all_its_machines()
    {
        await using var harness = await new InstanceHarness().RunAsync();

        var instance = await harness.StartAsync(await harness.AddLabAsync());

        var running = await harness.UntilAsync(instance.Id, InstancePhase.Running);
        running.Status.Machines.Select(m => (m.Name, m.Phase)).ShouldBe([("server", MachinePhase.Running), ("client", MachinePhase.Running)]);
        running.Credentials.ShouldHaveSingleItem().Username.ShouldBe("lab");
    }

    [Fact]
    public async Task Two_starts_of_one_lab_answer_the_same_instance()
    {
        await using var harness = new InstanceHarness();
        var lab = await harness.AddLabAsync();
        var first = await harness.StartAsync(lab);

        var second = await harness.Instances.StartAsync(new StartRequest(lab.Id, 1), Token);

        second.ShouldBeOfType<StartResult.Existing>().Instance.Id.ShouldBe(first.Id);
    }

    [Fact]
    public async Task A_start_repeated_while_the_lab_could_not_start_anew_answers_the_first()
    {
        await using var harness = new InstanceHarness();
        var lab = await harness.AddLabAsync();
        var first = await harness.StartAsync(lab);
        foreach (var image in await harness.Images.ListAsync(Token))
        {
            await harness.Images.RemoveAsync(image.Id, Token);
        }

        var mine = await harness.Instances.StartAsync(new StartRequest(lab.Id, 1), Token);
        var other = await harness.Instances.StartAsync(new StartRequest(lab.Id, 2), Token);

        mine.ShouldBeOfType<StartResult.Existing>().Instance.Id.ShouldBe(first.Id);
        other.ShouldBeOfType<StartResult.Refused>().Reason.ShouldContain("no longer in the catalogue");
    }

    [Fact]
    public async Task A_start_repeated_with_its_idempotency_key_answers_the_first_even_after_its_end()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var lab = await harness.AddLabAsync();
        var request = new StartRequest(lab.Id, 1) { IdempotencyKey = "k" };
        var first = (await harness.Instances.StartAsync(request, Token)).ShouldBeOfType<StartResult.Accepted>().Instance;
        await harness.Instances.StopAsync(first.Id, Token);
        await harness.UntilAsync(first.Id, InstancePhase.Stopped);

        var again = await harness.Instances.StartAsync(request, Token);

        again.ShouldBeOfType<StartResult.Existing>().Instance.Id.ShouldBe(first.Id);
    }

    [Fact]
    public async Task A_start_while_the_last_one_is_being_removed_is_refused_until_it_is_gone()
    {
        await using var harness = await new InstanceHarness().RunAsync();
        var lab = await harness.AddLabAsync();
        var request = new StartRequest(lab.Id, 1) { IdempotencyKey = "k" };
        var first = (await harness.Instances.StartAsync(request, Token)).ShouldBeOfType<StartResult.Accepted>().Instance;
        await harness.UntilAsync(first.Id, InstancePhase.Running);
        harness.Runtime.Faults.IsAway = true;
        await harness.Instances.StopAsync(first.Id, Token);

        var refused = (await harness.Instances.StartAsync(new StartRequest(lab.Id, 1), Token)).ShouldBeOfType<StartResult.Refused>();

        refused.Code.ShouldBe(RefusalCode.BeingRemoved);
        refused.Reason.ShouldBe("Your last one of this lab is still being removed; start it again in a moment.");
        (await harness.Instances.StartAsync(request, Token)).ShouldBeOfType<StartResult.Existing>("the same wish again").Instance.Id.ShouldBe(first.Id);
        harness.Runtime.Faults.IsAway = false;
        await harness.UntilAsync(first.Id, InstancePhase.Stopped);
        (await harness.StartAsync(lab)).Id.ShouldNotBe(first.Id);
    }

    [Fact]
    public async Task Starts_of_one_moment_do_not_get_past_the_limit_of_labs()
    {
        await using var harness = new InstanceHarness(new AdmissionLimits { InstancesPerUser = 2 });
        var labs = new List<Lab>();
        for (var i = 0; i < 8; i++)
        {
            labs.Add(await harness.AddLabAsync($"lab-{i}"));
        }

        var results = await Task.WhenAll(labs.Select(l => Task.Run(() => harness.Instances.StartAsync(new StartRequest(l.Id, 1), Token))));

        results.Count(r => r is StartResult.Accepted).ShouldBe(2);
        results.OfType<StartResult.Refused>().Count().ShouldBe(6);
    }

    [Fact]
    public async Task A_user_with_too_many_labs_is_refused_with_a_remedy()
    {
        await using var harness = new InstanceHarness(new AdmissionLimits { InstancesPerUser = 1 });
        await harness.StartAsync(await harness.AddLabAsync("one"));

        var second = await harness.Instances.StartAsync(new StartRequest((await harness.AddLabAsync("two")).Id, 1), Token);

        second.ShouldBeOfType<StartResult.Refused>().Reason.ShouldContain("Stop one of them");
    }

    [Fact]
    public async Task A_lab_that_needs_more_memory_than_there_is_is_refused_at_once()
    {
        await using var harness = new InstanceHarness(new AdmissionLimits { MemoryBytes = 1 << 20 });
        var lab = await harness.AddLabAsync();

        var start = await harness.Instances.StartAsync(new StartRequest(lab.Id, 1), Token);

        start.ShouldBeOfType<StartResult.Refused>().Reason.ShouldContain("256 MiB");
    }

    [Fact]
    public async Task What_a_runtime_cannot_do_is_refused_with_reason_and_remedy_and_nothing_is_stored()
    {
        var time = new LabOrchestrator.Conformance.ManualTimeProvider();
        var multus = new MissingCapability(RuntimeCapabilities.VirtualMachines) { Reason = "KubeVirt is not installed.", Remedy = "Install it." };
        await using var harness = new InstanceHarness(runtime: new InMemoryLabRuntime(time)
        {
            Capabilities = new([RuntimeCapabilities.Containers]) { Absent = [multus] },
        });
        var lab = await harness.AddLabAsync();

        var refused = (await harness.Instances.StartAsync(new StartRequest(lab.Id, 1), Token)).ShouldBeOfType<StartResult.Refused>();

        refused.Code.ShouldBe(RefusalCode.CapabilitiesMissing);
        refused.Reason.ShouldBe("The lab requires vms, which the runtime \"memory\" cannot do. KubeVirt is not installed. Install it.");
        refused.Missing.ShouldBe([multus]);
        (await harness.Instances.ListAsync(new LabInstanceQuery { LiveOnly = false }, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task While_a_runtime_was_never_reached_nobody_says_that_it_cannot()
    {
        var runtime = new InMemoryLabRuntime(new LabOrchestrator.Conformance.ManualTimeProvider())
        {
            Capabilities = new([RuntimeCapabilities.Containers]) { IsKnown = false },
        };
        runtime.Faults.IsAway = true;
        await using var harness = new InstanceHarness(runtime: runtime);
        var lab = await harness.AddLabAsync();

        var refused = (await harness.Instances.StartAsync(new StartRequest(lab.Id, 1), Token)).ShouldBeOfType<StartResult.Refused>();

        refused.Code.ShouldBe(RefusalCode.CapabilitiesUnknown);
        refused.Reason.ShouldContain("The in-memory engine is away.");
    }

    [Fact]
    public async Task An_unknown_lab_cannot_be_started()
    {
        await using var harness = new InstanceHarness();

        (await harness.Instances.StartAsync(new StartRequest(99, 1), Token)).ShouldBeOfType<StartResult.UnknownLab>();
    }
}
