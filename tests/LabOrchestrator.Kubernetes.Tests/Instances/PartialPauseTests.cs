using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>A cluster freezes VMs and no containers: a pause is all or nothing, and what nobody owns is frozen as far as it can be.</summary>
public sealed class PartialPauseTests(ClusterFixture cluster) : ClusterLab(cluster)
{
    [Fact]
    public async Task The_VMs_of_a_mixed_instance_are_frozen_only_where_its_containers_may_run_on()
    {
        var spec = Spec(VmMachine(), ContainerMachine());
        await ApplyAsync(spec);

        await Should.ThrowAsync<InstanceFailedException>(() => Runtime.PauseAsync(spec.InstanceId, Patient));
        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "server").Phase.ShouldBe(MachinePhase.Running);

        foreach (var _ in Enumerable.Range(0, 2))
        {
            var paused = await Cluster.Runtime.PauseWhatCanBeAsync(spec.InstanceId, Patient);
            Of(paused, "server").Phase.ShouldBe(MachinePhase.Paused);
            Of(paused, "box").Phase.ShouldBe(MachinePhase.Running);
        }

        (await Runtime.ResumeAsync(spec.InstanceId, Patient)).Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
    }
}
