using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Conformance.Runtimes;

/// <summary>What a container's volumes keep on every runtime.</summary>
public abstract class MachineVolumesContract : LabRuntimeHarness
{
    private const string Home = "/home/lab";

    [Fact]
    public async Task A_volume_is_kept_over_restart_power_off_and_reset()
    {
        var spec = Spec(WithVolume(ContainerMachine("one")), ContainerMachine("two"));
        await ApplyAsync(spec);
        foreach (var machine in new[] { "one", "two" })
        {
            await RunAsync(spec, machine, WriteFile("notes", "kept"));
        }

        foreach (var change in new Func<MachineSpec, MachineSpec>[]
        {
            m => m with { BootGeneration = 1 },
            m => m with { BootGeneration = 1, PoweredOn = false },
            m => m with { BootGeneration = 2 },
            m => m with { BootGeneration = 3, ResetGeneration = 1 },
        })
        {
            spec = spec with { Machines = [.. spec.Machines.Select(m => change(m with { PoweredOn = true }))] };
            await ApplyAsync(spec);
            if (spec.Machines[0].PoweredOn)
            {
                (await RunAsync(spec, "one", ReadFile("notes"))).ShouldBe("kept");
            }
        }

        (await Commands.RunAsync(spec.InstanceId, "two", ReadFile("notes"), Patient)).ExitCode.ShouldNotBe(0, "the one without a volume was reset");
    }

    [Fact]
    public async Task A_volume_ends_with_its_instance()
    {
        var spec = Spec(WithVolume(ContainerMachine()));
        await ApplyAsync(spec);
        await RunAsync(spec, "box", WriteFile("notes", "gone"));

        await Runtime.DeleteAsync(spec.InstanceId, Patient);
        await ApplyAsync(spec);

        (await Commands.RunAsync(spec.InstanceId, "box", ReadFile("notes"), Patient)).ExitCode.ShouldNotBe(0);
    }

    // The folder where the harness writes files, which is the image's user's.
    private static MachineSpec WithVolume(MachineSpec machine) =>
        machine with { Definition = machine.Definition with { Volumes = [new VolumeDefinition(Home, 16 << 20)] } };
}
