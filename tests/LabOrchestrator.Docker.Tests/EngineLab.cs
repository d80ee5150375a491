using System.Collections.Immutable;
using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests;

/// <summary>Labs on the real engine, for what only a real engine can show.</summary>
[Trait("Category", "Engine")]
public abstract class EngineLab(EngineFixture engine) : LabRuntimeHarness
{
    protected EngineFixture Engine { get; } = engine;

    protected override ILabRuntime Runtime => Engine.Runtime;

    protected override Image ContainerImage => EngineFixture.Terminal;

    protected override Image? VmImage => EngineFixture.TinyVm;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(3);

    protected override Task KillAsync(long instanceId, string machine) => Engine.KillAsync(instanceId, machine);

    /// <summary>A container machine on some networks.</summary>
    protected MachineSpec Container(string name, params ImmutableArray<NetworkAttachment> networks) =>
        ContainerMachine(name) is var machine && networks.IsEmpty
            ? machine
            : machine with { Definition = machine.Definition with { Networks = networks } };

    /// <summary>A VM that runs a script, with the account <c>lab</c> and password <c>secret</c>.</summary>
    protected MachineSpec Vm(string name, string script, params ImmutableArray<NetworkAttachment> networks)
    {
        var machine = VmMachine(name);
        return machine with
        {
            Credentials = [new MachineCredential(name, "lab", "secret")],
            Definition = machine.Definition with
            {
                UserData = script,
                Networks = networks.IsEmpty ? machine.Definition.Networks : networks,
            },
        };
    }

    /// <summary>Logs in on a VM's serial line with the password <c>secret</c>.</summary>
    protected async Task<KeeperClient> LogInAsync(InstanceSpec spec, string machine, string user = "lab")
    {
        var person = await AttachAsync(spec, machine);
        await SerialLogin.LogInAsync(person, machine, user, "secret", Patient);
        return person;
    }

    /// <summary>Runs a line of shell in a container machine and returns exit code and output.</summary>
    protected Task<CommandResult> ShellAsync(InstanceSpec spec, string machine, string line) =>
        Commands.RunAsync(spec.InstanceId, machine, ["sh", "-c", line], Patient);

    /// <summary>Tries a line of shell until it succeeds.</summary>
    protected async Task<string> EventuallyAsync(InstanceSpec spec, string machine, string line)
    {
        var patient = Patient;
        while (true)
        {
            var result = await ShellAsync(spec, machine, line);
            if (result.ExitCode == 0)
            {
                return result.Output.Trim();
            }

            patient.IsCancellationRequested.ShouldBeFalse(result.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Looks at a machine until it is as expected; fails when that takes longer than <see cref="Patience"/>.</summary>
    protected async Task<ObservedMachine> UntilAsync(InstanceSpec spec, string machine, Func<ObservedMachine, bool> expected)
    {
        var patient = Patient;
        while (true)
        {
            var seen = Of(await Runtime.ObserveAsync(spec.InstanceId, CancellationToken.None), machine);
            if (expected(seen))
            {
                return seen;
            }

            patient.IsCancellationRequested.ShouldBeFalse($"{machine} is {seen.Phase}: {seen.Reason}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Runs a line of shell in a VM's launcher, as somebody who has taken over QEMU.</summary>
    protected async Task<string> InLauncherAsync(InstanceSpec spec, string machine, string line)
    {
        var containers = await Engine.Engine.Containers.ListAsync(
            [.. EngineLabels.Of(Engine.Installation, spec.InstanceId), $"{EngineLabels.Machine}={machine}"], Patient);
        var (code, output) = await Engine.Engine.Execs.RunAsync(
            containers.Single().Id, new ExecCreation { User = "107:107", Cmd = ["sh", "-c", line] }, default, 64 << 10, Patient);
        code.ShouldBe(0, output);
        return output;
    }

    /// <summary>Runs a line of shell by a terminal where somebody has logged in, and returns what it said.</summary>
    protected async Task<string> SayAsync(KeeperClient person, string line)
    {
        var (begin, end) = (Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
        await person.TypeAsync($"echo {begin[..16]}''{begin[16..]}; {line}; echo {end[..16]}''{end[16..]}\r", Patient);
        await person.ReadUntilAsync(end, Patient);
        var said = person.Text[(person.Text.IndexOf(begin, StringComparison.Ordinal) + begin.Length)..];
        return said[..said.IndexOf(end, StringComparison.Ordinal)];
    }
}
