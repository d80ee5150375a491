using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.Kubernetes.Tests.Manifests;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.ApiServers;

/// <summary>The runtime on whatever API server there is; it knows neither which one it is, nor who plays the nodes.</summary>
[Trait("Category", "ApiServer")]
[Collection<OneApiServer>]
public sealed class LabsOnAnApiServerTests(ApiServerFixture server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_vm_and_a_container_start_are_observed_and_end()
    {
        Assert.SkipUnless(server.PlaysMachines, "This cluster has nodes, and its registry lacks the images of this test.");
        await using var runtime = Runtime();
        var instance = LabManifestsTests.Instance() with { InstanceId = Random.Shared.NextInt64(1_000_000, 9_000_000) };

        var observed = await runtime.ApplyAsync(instance, new Progress<MachineProgress>(), Cancellation);
        await Eventually.HoldsAsync(async () => (await runtime.ObserveAsync(instance.InstanceId, Cancellation))!.Machines.All(m => m.Phase == MachinePhase.Running), observed.ToString());

        await runtime.DeleteAsync(instance.InstanceId, Cancellation);
        (await runtime.ObserveAsync(instance.InstanceId, Cancellation)).ShouldBeNull();
        (await server.Client.FindAsync(LabOrchestrator.Kubernetes.Api.Objects.Kinds.Namespace, null, LabNamespace.NameOf(instance), Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task A_vm_is_paused_and_resumed_through_KubeVirts_subresources()
    {
        Assert.SkipUnless(server.PlaysMachines, "This cluster has nodes, and its registry lacks the images of this test.");
        await using var runtime = Runtime();
        var instance = LabManifestsTests.Instance();
        instance = instance with { InstanceId = Random.Shared.NextInt64(1_000_000, 9_000_000), Machines = [instance.Machines[0]] };
        await runtime.ApplyAsync(instance, new Progress<MachineProgress>(), Cancellation);

        (await runtime.PauseAsync(instance.InstanceId, Cancellation)).Machines.Single().Phase.ShouldBe(MachinePhase.Paused);
        (await runtime.ResumeAsync(instance.InstanceId, Cancellation)).Machines.Single().Phase.ShouldBe(MachinePhase.Running);

        await runtime.DeleteAsync(instance.InstanceId, Cancellation);
    }

    private KubernetesLabRuntime Runtime() => new(
        Installation.Create(), new KubernetesRuntimeOptions { ServerNamespace = "lab-orchestrator", RequestsPerSecond = 0, EndSeconds = 20 }, server.NewClient(), NullLoggerFactory.Instance);
}
