using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Installations;

namespace LabOrchestrator.Docker.Machines;

/// <summary>
/// Sets a container machine's cards as the lab wants them, where the engine did not: another instance has the lab's subnet already, or
/// there are several cards, which the engine puts in no order. A task in the machine's network namespace does it, because the machine
/// itself has neither the right nor, perhaps, the program.
/// </summary>
internal sealed class CardTask(EngineTask tasks, NameFiles nameFiles, Installation installation, DockerRuntimeOptions options)
{
    /// <summary>Does what is needed before each start of a machine.</summary>
    public void Prepare(long instanceId, string machine, IReadOnlyList<CardPlan> cards) => nameFiles.Prepare(instanceId, machine, cards);

    /// <summary>Does what is needed after each start of a machine.</summary>
    public async Task RunAsync(string container, string machine, IReadOnlyList<CardPlan> cards, CancellationToken cancellationToken)
    {
        if (cards is [{ IsRewritten: false }])
        {
            return;
        }

        await Task.WhenAll(
            tasks.ExpectAsync("cards", Describe(container, cards), cancellationToken),
            nameFiles.WriteAsync(container, machine, cards, cancellationToken)).ConfigureAwait(false);
    }

    private ContainerCreation Describe(string container, IReadOnlyList<CardPlan> cards) => new()
    {
        Image = options.LauncherImage,
        Entrypoint = ["/usr/lib/lab-orchestrator/cards"],
        Env =
        [
            "LAB_CARDS=" + string.Join('\n', cards.Select(c => $"{c.Carrier} {c.Address}/{c.Prefix} {c.Gateway}")),
            "LAB_ROUTER=" + CardPlan.GatewaysOf(cards)[0],
        ],
        Labels = EngineLabels.Shared(installation, EngineRoles.Task),
        HostConfig = new HostConfig
        {
            NetworkMode = $"container:{container}",
            CapDrop = ["ALL"],
            CapAdd = ["NET_ADMIN"],
            SecurityOpt = ["no-new-privileges"],
            ReadonlyRootfs = true,
            LogConfig = LogConfig.Capped,
        },
    };
}
