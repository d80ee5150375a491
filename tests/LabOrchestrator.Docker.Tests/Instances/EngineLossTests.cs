using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Instances;

/// <summary>What becomes of instances when the engine or somebody at it interferes.</summary>
public sealed class EngineLossTests(EngineFixture engine) : EngineLab(engine)
{
    [Fact]
    public async Task Machines_that_went_down_with_the_engine_come_back_with_their_disks()
    {
        var spec = Spec(Container("one"), Container("two"));
        await ApplyAsync(spec);
        await RunAsync(spec, "one", WriteFile("notes", "kept"));

        // What an engine's end does to them: all are killed within a moment, the helper among them.
        foreach (var container in await ContainersAsync(spec))
        {
            await Engine.Engine.Containers.StopAsync(container.Id, TimeSpan.Zero, Patient);
        }

        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "one").Reason.ShouldNotBeNull().ShouldContain("with the engine");

        var back = await ApplyAsync(spec);

        back.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
        (await RunAsync(spec, "one", ReadFile("notes"))).ShouldBe("kept");
        await EventuallyAsync(spec, "one", "getent hosts two");

        // From then on whoever dies, dies by himself.
        await KillAsync(spec.InstanceId, "two");
        Of(await ApplyAsync(spec), "two").Phase.ShouldBe(MachinePhase.Failed);
    }

    [Fact]
    public async Task What_somebody_removed_is_made_again()
    {
        var spec = Spec(Container("one"), Container("two"));
        await ApplyAsync(spec);
        foreach (var container in (await ContainersAsync(spec)).Where(c => !c.Name.EndsWith("two", StringComparison.Ordinal)))
        {
            await Engine.Engine.Containers.RemoveAsync(container.Id, Patient);
        }

        var made = await ApplyAsync(spec with { HasRun = true });

        made.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
        made.Remark.ShouldBe("Docker Engine lost a part of this lab and made it again: helper.");
        Of(made, "one").Remark.ShouldNotBeNull().ShouldContain("lost this machine");
        Of(made, "two").Remark.ShouldBeNull();
        await EventuallyAsync(spec, "one", "getent hosts two");
    }

    [Fact]
    public async Task A_VM_whose_launcher_somebody_removed_is_made_again_with_its_disk_and_says_so()
    {
        var spec = Spec(Vm("guest", ""));
        var first = Of(await ApplyAsync(spec), "guest").Remark ?? "";
        first.ShouldNotContain("lost");
        await Engine.Engine.Containers.RemoveAsync(
            (await ContainersAsync(spec)).Single(c => c.Labels.GetValueOrDefault(EngineLabels.Machine) == "guest").Id, Patient);

        var again = Of(await ApplyAsync(spec with { HasRun = true }), "guest");

        again.Phase.ShouldBe(MachinePhase.Running);
        again.Remark.ShouldBe($"{LossWords.KeptDisk} {first}".TrimEnd());
        var reset = await ApplyAsync(With(spec with { HasRun = true }, "guest", m => m with { ResetGeneration = 1 }));
        (Of(reset, "guest").Remark ?? "").ShouldBe(first);
    }

    [Fact]
    public async Task Deleting_leaves_no_object_and_no_file()
    {
        var spec = Spec(Container("one", new NetworkAttachment("lan", "10.98.0.9")), Vm("guest", "", new NetworkAttachment("lan"))) with
        {
            Networks = [new NetworkDefinition("lan") { Subnet = "10.98.0.0/24" }],
        };
        await ApplyAsync(spec);
        var labels = EngineLabels.Of(Engine.Installation, spec.InstanceId);
        (await Engine.Engine.Volumes.ListAsync(labels, Patient)).ShouldNotBeEmpty();

        await Runtime.DeleteAsync(spec.InstanceId, Patient);

        (await ContainersAsync(spec)).ShouldBeEmpty();
        (await Engine.Engine.Networks.ListAsync(labels, Patient)).ShouldBeEmpty();
        (await Engine.Engine.Volumes.ListAsync(labels, Patient)).ShouldBeEmpty();
        Directory.EnumerateDirectories(Engine.Options.RunDirectory, spec.InstanceId.ToString(System.Globalization.CultureInfo.InvariantCulture), SearchOption.AllDirectories)
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told_with_the_machines_last_words()
    {
        var box = Container("box");
        var spec = Spec(box with { Definition = box.Definition with { Command = ["/no/such/program"] } });

        await ApplyAsync(spec);
        var seen = await UntilAsync(spec, "box", m => m.Phase == MachinePhase.Failed);

        seen.Phase.ShouldBe(MachinePhase.Failed);
        seen.Reason.ShouldNotBeNull().ShouldContain("/no/such/program");
    }

    [Fact]
    public async Task An_image_that_is_nowhere_fails_the_instance_and_names_the_remedy()
    {
        var box = Container("box");
        var spec = Spec(box with { Image = box.Image with { Reference = "127.0.0.1:9/no/such-image:1" } });

        var failure = await Should.ThrowAsync<InstanceFailedException>(() => ApplyAsync(spec));

        failure.Machine.ShouldBe("box");
        failure.Message.ShouldContain("127.0.0.1:9/no/such-image:1");
        failure.Message.ShouldContain("make images");
    }

    [Fact]
    public async Task An_engine_that_is_away_is_said_to_be_away()
    {
        using var runtime = new DockerLabRuntime(Engine.Installation, new DockerRuntimeOptions { Endpoint = "/run/nobody/there.sock", RunDirectory = Engine.Options.RunDirectory });

        (await runtime.CheckAsync(Patient)).ShouldSatisfyAllConditions(r => r.IsReady.ShouldBeFalse(), r => r.Reason!.ShouldContain("Docker__Endpoint"));
        await Should.ThrowAsync<RuntimeUnavailableException>(() => runtime.ListAsync(Patient));
        await Should.ThrowAsync<RuntimeUnavailableException>(() => runtime.DeleteAsync(1, Patient));
    }

    [Fact]
    public async Task Another_installation_sees_and_touches_nothing_of_ours()
    {
        var spec = Spec(Container("box"));
        await ApplyAsync(spec);
        using var other = new DockerLabRuntime(LabOrchestrator.Installations.Installation.Create(), Engine.Options);

        (await other.ListAsync(Patient)).ShouldBeEmpty();
        await other.DeleteAsync(spec.InstanceId, Patient);

        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running);
    }

    private Task<IReadOnlyList<ContainerSummary>> ContainersAsync(InstanceSpec spec) =>
        Engine.Engine.Containers.ListAsync(EngineLabels.Of(Engine.Installation, spec.InstanceId), Patient);
}
