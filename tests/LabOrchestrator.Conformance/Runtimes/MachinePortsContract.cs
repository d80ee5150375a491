using System.Text;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Conformance.Runtimes;

/// <summary>What every <see cref="IMachinePorts"/> keeps to.</summary>
public abstract class MachinePortsContract : LabRuntimeHarness
{
    /// <summary>The port on which <see cref="EchoAsync"/> lets something listen.</summary>
    protected const int Port = 8080;

    /// <summary>The runtime's ports.</summary>
    protected virtual IMachinePorts Ports => (IMachinePorts)Runtime;

    /// <summary>Lets a program of the machine answer on <see cref="Port"/> with what it is sent.</summary>
    protected abstract Task EchoAsync(InstanceSpec spec, string machine);

    [Fact]
    public async Task A_port_answers_several_connections_at_once()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        await EchoAsync(spec, "box");
        await using var one = await Ports.OpenPortAsync(spec.InstanceId, "box", Port, Patient);
        await using var two = await Ports.OpenPortAsync(spec.InstanceId, "box", Port, Patient);

        await SayAsync(one, "first");
        await SayAsync(two, "second");

        (await HearAsync(two, 6)).ShouldBe("second");
        (await HearAsync(one, 5)).ShouldBe("first");
    }

    [Fact]
    public async Task A_port_passes_a_megabyte_unchanged()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        await EchoAsync(spec, "box");
        await using var stream = await Ports.OpenPortAsync(spec.InstanceId, "box", Port, Patient);
        var sent = new byte[1 << 20];
        new Random(7).NextBytes(sent);
        var patient = Patient;

        var heard = new byte[sent.Length];
        var hearing = stream.ReadExactlyAsync(heard, patient).AsTask();
        await stream.WriteAsync(sent, patient);
        await stream.FlushAsync(patient);
        await hearing;

        heard.ShouldBe(sent);
    }

    [Fact]
    public async Task A_port_on_which_nothing_listens_is_refused()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);

        (await RefusedAsync(spec.InstanceId, "box", 81)).ShouldStartWith("Nothing listens on port 81 of the machine \"box\"");
    }

    [Fact]
    public async Task Ports_of_machines_that_do_not_run_are_refused()
    {
        var spec = Spec(ContainerMachine("one"), ContainerMachine("off") with { PoweredOn = false });
        await ApplyAsync(spec);

        (await RefusedAsync(spec.InstanceId, "off", Port)).ShouldBe("The machine \"off\" does not run.");
        (await RefusedAsync(spec.InstanceId, "nobody", Port)).ShouldBe("The machine \"nobody\" does not run.");
        await RefusedAsync(NewInstanceId(), "one", Port);
    }

    private async Task<string> RefusedAsync(long id, string machine, int port) =>
        (await Should.ThrowAsync<ConsoleUnavailableException>(() => Ports.OpenPortAsync(id, machine, port, Patient))).Message;

    private async Task SayAsync(Stream stream, string words)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(words), Patient);
        await stream.FlushAsync(Patient);
    }

    private async Task<string> HearAsync(Stream stream, int length)
    {
        var heard = new byte[length];
        await stream.ReadExactlyAsync(heard, Patient);
        return Encoding.ASCII.GetString(heard);
    }
}
