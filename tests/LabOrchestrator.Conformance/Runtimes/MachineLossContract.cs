using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Conformance.Runtimes;

/// <summary>What every <see cref="ILabRuntime"/> does about machines that its engine has lost.</summary>
public abstract class MachineLossContract : LabRuntimeHarness
{
    /// <summary>Deletes a machine in the engine behind the runtime's back.</summary>
    protected abstract Task LoseAsync(long instanceId, string machine);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_machine_that_the_engine_lost_ends_a_lab_that_wants_that(bool wasReset)
    {
        var spec = Spec(ContainerMachine("one"), ContainerMachine("two")) with { EndsOnLoss = true };
        await ApplyAsync(spec);
        spec = spec with { HasRun = true };
        if (wasReset)
        {
            spec = With(spec, "one", m => m with { ResetGeneration = 1 });
            await ApplyAsync(With(spec, "one", m => m with { IsResetting = true }));
        }

        (await ApplyAsync(spec)).Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);

        await LoseForSureAsync(spec.InstanceId, "one");

        (await Should.ThrowAsync<MachineLostException>(() => ApplyAsync(spec))).Message.ShouldContain("\"one\"");
    }

    [Fact]
    public async Task A_machine_that_the_engine_lost_is_made_again_and_says_so_until_it_is_reset()
    {
        var spec = Spec(ContainerMachine("one"), ContainerMachine("two"));
        var first = await ApplyAsync(spec);
        await RunAsync(spec, "one", WriteFile("notes", "lost"));
        await using var two = await AttachAsync(spec, "two");

        await LoseForSureAsync(spec.InstanceId, "one");

        spec = spec with { HasRun = true };
        foreach (var made in new[] { await ApplyAsync(spec), await ApplyAsync(spec), await ApplyAsync(With(spec, "one", m => m with { BootGeneration = 1 })) })
        {
            Of(made, "one").Phase.ShouldBe(MachinePhase.Running);
            Of(made, "one").Remark.ShouldNotBeNull().ShouldContain(" lost this machine and made it again; its disk is as in its image.");
            Of(made, "two").Remark.ShouldBe(Of(first, "two").Remark);
        }

        (await Commands.RunAsync(spec.InstanceId, "one", ReadFile("notes"), Patient)).ExitCode.ShouldNotBe(0);
        await using var twoAgain = await AttachAsync(spec, "two");
        twoAgain.Epoch.ShouldBe(two.Epoch, "the other machine is left alone");
        var reset = await ApplyAsync(With(spec, "one", m => m with { BootGeneration = 1, ResetGeneration = 1 }));
        Of(reset, "one").Remark.ShouldBe(Of(first, "one").Remark, "a fresh disk is what its user wanted");

        spec = With(spec, "one", m => m with { BootGeneration = 1, ResetGeneration = 2, IsResetting = true });
        await LoseForSureAsync(spec.InstanceId, "one");
        Of(await ApplyAsync(spec), "one").Remark.ShouldBe(Of(first, "one").Remark, "a reset was cut off after the machine was removed");
        spec = With(spec, "one", m => m with { IsResetting = false });
        await LoseForSureAsync(spec.InstanceId, "one");
        Of(await ApplyAsync(spec), "one").Remark.ShouldNotBeNull().ShouldContain(" lost this machine");
    }

    private async Task LoseForSureAsync(long id, string machine)
    {
        await LoseAsync(id, machine);
        var patient = Patient;
        while (((await Runtime.ObserveAsync(id, patient))?.Machines ?? []).Any(m => m.Name == machine))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patient);
        }
    }
}
