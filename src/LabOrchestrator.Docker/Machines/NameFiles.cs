using System.Net;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Docker.VirtualMachines;

namespace LabOrchestrator.Docker.Machines;

/// <summary>
/// Where a container machine has other addresses than the engine thinks, the engine must not answer for names: the machine gets
/// <c>resolv.conf</c> and <c>hosts</c> of ours, and asks the helper itself.
/// </summary>
internal sealed class NameFiles(EngineClient engine, RunFolders folders)
{
    private const string Resolver = "/etc/resolv.conf";
    private const string Hosts = "/etc/hosts";
    private const int MostOutput = 1024;

    /// <summary>Writes the files, if the machine needs them, and returns their mounts. Must be repeated before each start.</summary>
    public IReadOnlyList<MountSpec> Prepare(long instanceId, string machine, IReadOnlyList<CardPlan> cards)
    {
        if (!cards.Any(c => c.IsRewritten))
        {
            return [];
        }

        return [Mount(Resolver, ResolverText(cards)), Mount(Hosts, HostsText(machine, cards))];

        MountSpec Mount(string path, string text) =>
            MountSpec.Bind(folders.WriteMounted(instanceId, machine, Path.GetFileName(path), text), path) with { ReadOnly = true };
    }

    /// <summary>
    /// Writes the files into a machine that runs and has none mounted: it was made where the engine knew its addresses, and when its
    /// network was removed and made again somebody else had that subnet.
    /// </summary>
    /// <exception cref="EngineException">That cannot be done in it.</exception>
    public async Task WriteAsync(string container, string machine, IReadOnlyList<CardPlan> cards, CancellationToken cancellationToken)
    {
        if (!cards.Any(c => c.IsRewritten)
            || await engine.Containers.FindAsync(container, cancellationToken).ConfigureAwait(false) is not { } details
            || details.Mounts.Any(m => m.Destination == Resolver))
        {
            return;
        }

        var command = new ExecCreation
        {
            User = "0:0",
            Cmd = ["sh", "-c", $"printf %s \"$0\" >{Resolver} && printf %s \"$1\" >{Hosts}", ResolverText(cards), HostsText(machine, cards)],
        };
        var (code, output) = await engine.Execs.RunAsync(container, command, default, MostOutput, cancellationToken).ConfigureAwait(false);
        if (code != 0)
        {
            throw new EngineException(
                HttpStatusCode.InternalServerError, $"The lab's names could not be set in it, which a reset of the machine mends: {output.Trim()}");
        }
    }

    private static string ResolverText(IReadOnlyList<CardPlan> cards) => string.Concat(CardPlan.GatewaysOf(cards).Select(g => $"nameserver {g}\n"));

    private static string HostsText(string machine, IReadOnlyList<CardPlan> cards) =>
        "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n" + string.Concat(cards.Select(c => $"{c.Address} {machine}\n"));
}
