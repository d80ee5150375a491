using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Docker.VirtualMachines;

namespace LabOrchestrator.Docker.Machines;

/// <summary>
/// Where a container machine has other addresses than the engine thinks, the engine must not answer for names: the machine gets
/// <c>resolv.conf</c> and <c>hosts</c> of ours, and asks the helper itself.
/// </summary>
internal sealed class NameFiles(RunFolders folders)
{
    /// <summary>Writes the files, if the machine needs them, and returns their mounts. Must be repeated before each start.</summary>
    public IReadOnlyList<MountSpec> Prepare(long instanceId, string machine, IReadOnlyList<CardPlan> cards)
    {
        if (!cards.Any(c => c.IsRewritten))
        {
            return [];
        }

        return
        [
            Mount("resolv.conf", string.Concat(CardPlan.GatewaysOf(cards).Select(g => $"nameserver {g}\n"))),
            Mount("hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n" + string.Concat(cards.Select(c => $"{c.Address} {machine}\n"))),
        ];

        MountSpec Mount(string name, string text) =>
            MountSpec.Bind(folders.WriteMounted(instanceId, machine, name, text), $"/etc/{name}") with { ReadOnly = true };
    }
}
