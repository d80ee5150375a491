using System.Buffers.Binary;
using System.Text;
using LabOrchestrator.Consoles;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Conformance.Runtimes;

/// <summary>What every <see cref="IMachineConsoles"/> and <see cref="IMachineCommands"/> keeps to.</summary>
public abstract class MachineConsolesContract : LabRuntimeHarness
{
    /// <summary>What comes to be seen of the guest agent of <see cref="LabRuntimeHarness.VmImage"/>; null when the runtime cannot tell.</summary>
    protected abstract bool? VmAgent { get; }

    [Fact]
    public async Task A_terminal_answers_what_is_typed()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        await using var person = await AttachAsync(spec, "box");

        await person.TypeAsync("echo  one   two\r", Patient);

        await person.ReadUntilAsync("one two", Patient);
    }

    [Fact]
    public async Task A_terminal_outlives_who_looked_at_it_and_shows_its_recent_output()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        ulong seen, epoch;
        await using (var first = await AttachAsync(spec, "box"))
        {
            await first.TypeAsync("echo  first   visit\r", Patient);
            await first.ReadUntilAsync("first visit", Patient);
            (seen, epoch) = (first.Next, first.Epoch);
        }

        await using var second = await AttachAsync(spec, "box");
        second.Epoch.ShouldBe(epoch);
        await second.ReadUntilAsync("first visit", Patient);
        await using var third = await AttachAsync(spec, "box", seen);
        await third.TypeAsync("echo  third   visit\r", Patient);
        await third.ReadUntilAsync("third visit", Patient);
        third.Text.ShouldNotContain("first visit", Case.Sensitive, "only what came after the wanted byte is sent");
    }

    [Fact]
    public async Task Several_people_see_one_terminal()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        await using var one = await AttachAsync(spec, "box");
        await using var two = await AttachAsync(spec, "box");

        await one.TypeAsync("echo  seen   by both\r", Patient);

        await one.ReadUntilAsync("seen by both", Patient);
        await two.ReadUntilAsync("seen by both", Patient);
    }

    [Fact]
    public async Task A_VM_runs_before_its_guest_agent_is_connected_and_says_when_it_is()
    {
        await using var changes = Runtime.WatchAsync(Patient).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        var spec = Spec(VmMachine(), ContainerMachine());

        var seen = await ApplyAsync(spec);

        seen.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
        while (Of(seen, "server").AgentConnected != VmAgent)
        {
            do
            {
                (await changes.MoveNextAsync()).ShouldBeTrue();
            }
            while (changes.Current is { } other && other != spec.InstanceId);
            seen = (await Runtime.ObserveAsync(spec.InstanceId, Patient)).ShouldNotBeNull();
        }

        Of(seen, "box").AgentConnected.ShouldBeNull("a container has none");
        var off = await ApplyAsync(With(spec, "server", m => m with { PoweredOn = false }));
        Of(off, "server").AgentConnected.ShouldBeNull("nothing is in a machine that is off");
    }

    [Fact]
    public async Task A_screen_greets_several_viewers()
    {
        var spec = Spec(VmMachine());
        await ApplyAsync(spec);

        await using var one = await Consoles.OpenAsync(spec.InstanceId, "server", Screen, Patient);
        await using var two = await Consoles.OpenAsync(spec.InstanceId, "server", Screen, Patient);

        (await GreetingAsync(one)).ShouldBe("RFB 003.008\n");
        (await GreetingAsync(two)).ShouldBe("RFB 003.008\n");
    }

    [Fact]
    public async Task A_picture_of_a_VMs_screen_disturbs_nobody_who_looks_at_it_and_is_refused_where_there_is_no_screen()
    {
        var screenshots = (IMachineScreenshots)Runtime;
        var spec = Spec(VmMachine(), ContainerMachine());
        await ApplyAsync(spec);
        Runtime.Capabilities.Names.ShouldContain(RuntimeCapabilities.Screenshots);
        await using var viewer = await Consoles.OpenAsync(spec.InstanceId, "server", Screen, Patient);

        var picture = await screenshots.ScreenshotAsync(spec.InstanceId, "server", Patient);

        picture[..8].ShouldBe([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        BinaryPrimitives.ReadInt32BigEndian(picture.AsSpan(16)).ShouldBeInRange(80, 4096);
        BinaryPrimitives.ReadInt32BigEndian(picture.AsSpan(20)).ShouldBeInRange(25, 4096);
        (await GreetingAsync(viewer)).ShouldBe("RFB 003.008\n");
        await Should.ThrowAsync<ConsoleUnavailableException>(screenshots.ScreenshotAsync(spec.InstanceId, "box", Patient));
        await Should.ThrowAsync<ConsoleUnavailableException>(screenshots.ScreenshotAsync(spec.InstanceId, "nobody", Patient));
        await ApplyAsync(With(spec, "server", m => m with { PoweredOn = false }));
        await Should.ThrowAsync<ConsoleUnavailableException>(screenshots.ScreenshotAsync(spec.InstanceId, "server", Patient));
    }

    [Fact]
    public async Task A_paused_VM_still_shows_its_screen()
    {
        var spec = Spec(VmMachine());
        await ApplyAsync(spec);
        Of(await Runtime.PauseAsync(spec.InstanceId, Patient), "server").Phase.ShouldBe(MachinePhase.Paused);

        await using var viewer = await Consoles.OpenAsync(spec.InstanceId, "server", Screen, Patient);

        (await GreetingAsync(viewer)).ShouldBe("RFB 003.008\n");
        Of(await Runtime.ResumeAsync(spec.InstanceId, Patient), "server").Phase.ShouldBe(MachinePhase.Running);
    }

    [Fact]
    public async Task Consoles_that_are_not_there_are_refused()
    {
        var spec = Spec(ContainerMachine("one"), ContainerMachine("off") with { PoweredOn = false });
        await ApplyAsync(spec);

        await RefusedAsync(spec.InstanceId, "one", Screen);
        await RefusedAsync(spec.InstanceId, "nobody", Terminal);
        await RefusedAsync(spec.InstanceId, "off", Terminal);
        await RefusedAsync(NewInstanceId(), "one", Terminal);
    }

    [Fact]
    public async Task A_terminal_ends_with_its_machine()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        await using var person = await AttachAsync(spec, "box");
        await person.TypeAsync("echo  still   here\r", Patient);
        await person.ReadUntilAsync("still here", Patient);

        await KillAsync(spec.InstanceId, "box");

        await person.ReadToEndAsync(Patient);
        await RefusedAsync(spec.InstanceId, "box", Terminal);
    }

    [Fact]
    public async Task A_command_says_its_output_and_exit_code()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);

        (await Commands.RunAsync(spec.InstanceId, "box", ["hostname"], Patient)).ShouldBe(new CommandResult(0, "box\n"));
        (await Commands.RunAsync(spec.InstanceId, "box", ["false"], Patient)).ShouldBe(new CommandResult(1, ""));
        await Should.ThrowAsync<ConsoleUnavailableException>(
            () => Commands.RunAsync(spec.InstanceId, "nobody", ["true"], Patient));
    }

    private async Task RefusedAsync(long id, string machine, ConsoleDefinition console) =>
        await Should.ThrowAsync<ConsoleUnavailableException>(() => Consoles.OpenAsync(id, machine, console, Patient));

    private async Task<string> GreetingAsync(Stream viewer)
    {
        var greeting = new byte[12];
        await viewer.ReadExactlyAsync(greeting, Patient);
        return Encoding.ASCII.GetString(greeting);
    }
}
