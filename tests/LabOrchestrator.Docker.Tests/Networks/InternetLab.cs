using System.Collections.Immutable;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>Labs with a way out, tried by an attacker who is root in a machine.</summary>
public abstract class InternetLab : IsolationLab, IClassFixture<Outside>, IDisposable
{
    /// <summary>What tools end with that wait for an answer until <c>timeout</c> ends them: the packet was dropped, not refused.</summary>
    protected const int Ended = 124;

    /// <summary>Seconds after which a packet without an answer was dropped, also where the machine has much else to do.</summary>
    protected const int Drop = 30;

    private static readonly ImmutableArray<MachinePrivilege> All = [MachinePrivilege.Sudo, MachinePrivilege.RawNetwork, MachinePrivilege.NetworkAdmin];

    private readonly DockerLabRuntime _runtime;

    /// <summary>A runtime of the class's own, whose subnets no other test uses.</summary>
    protected InternetLab(EngineFixture engine, Outside world, string addressPool)
        : base(engine)
    {
        World = world;
        _runtime = new DockerLabRuntime(engine.Installation, new DockerRuntimeOptions
        {
            RunDirectory = engine.Options.RunDirectory,
            AddressPool = addressPool,
            LauncherImage = engine.Options.LauncherImage,
            HelperImage = engine.Options.HelperImage,
            NameServers = world.Public,
            Forbidden = $"192.0.2.0/24, {Outside.Site}",
        });
    }

    /// <summary>A network with a way out.</summary>
    protected static NetworkDefinition Open { get; } = new("open") { Internet = true };

    /// <summary>A network without.</summary>
    protected static NetworkDefinition Closed { get; } = new("closed");

    /// <summary>What is beyond the host.</summary>
    protected Outside World { get; }

    protected override ILabRuntime Runtime => _runtime;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _runtime.Dispose();
    }

    /// <summary>Reads what the world says at an address or name.</summary>
    protected static string Connect(string address) => $"timeout 5 bash -c 'exec 3<>/dev/tcp/{address}/{Outside.Port} && cat <&3'";

    /// <summary>An address is answered for with "no", at once.</summary>
    protected async Task ShouldBeRefusedAsync(InstanceSpec spec, string machine, string address, int port)
    {
        var result = await ShellAsync(spec, machine, $"timeout {Drop} bash -c 'exec 3<>/dev/tcp/{address}/{port}'");
        result.ExitCode.ShouldNotBe(0, $"{address}:{port} was reached");
        result.ExitCode.ShouldNotBe(Ended, $"{address}:{port} is refused, not dropped: {result.Output}");
    }

    /// <summary>A container with all that an author can grant.</summary>
    protected MachineSpec Attacker(string name, params string[] networks)
    {
        var machine = Container(name, [.. networks.Select(n => new NetworkAttachment(n))]);
        return machine with { Definition = machine.Definition with { Privileges = All } };
    }
}
