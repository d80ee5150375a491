using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests.Manifests;

namespace LabOrchestrator.Kubernetes.Tests.ApiServers;

/// <summary>By what whatever API server there is tells that somebody changed an object.</summary>
[Trait("Category", "ApiServer")]
[Collection<OneApiServer>]
public sealed class FieldOwnershipTests(ApiServerFixture server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_stands_before_a_labs_machines_is_known_as_ours_until_somebody_changes_it()
    {
        await using var space = await server.NamespaceAsync();
        using var client = server.NewClient();
        foreach (var manifest in LabManifests.Ground(LabManifestsTests.Instance(), Installation.Create(), new KubernetesRuntimeOptions()))
        {
            manifest["metadata"]!["namespace"] = space.Name;
            var (kind, name) = (Manifest.KindOf(manifest)!.Plain(), Manifest.NameOf(manifest)!);
            async Task<FieldOwners> OwnersAsync() => (await client.GetAsync(kind, space.Name, name, Cancellation)).Metadata.Owners.ShouldNotBeNull();
            await client.ApplyAsync(kind, manifest, ApplyOptions.Default, Cancellation);
            (await OwnersAsync()).Kept(manifest).ShouldBeTrue($"{kind} {name} was just applied");

            await client.ApplyAsync(kind, Changed(manifest), new ApplyOptions { FieldManager = "them", Force = true }, Cancellation);
            (await OwnersAsync()).Kept(manifest).ShouldBeFalse($"{kind} {name} was changed");
            (await OwnersAsync()).Intruders(manifest).ShouldBe(["them"]);

            var again = await client.ApplyAsync(kind, manifest, new ApplyOptions { Force = true }, Cancellation);
            again.Metadata.Owners.ShouldNotBeNull().Kept(manifest).ShouldBeTrue($"{kind} {name} was set right");
        }
    }

    private static JsonObject Changed(JsonObject manifest)
    {
        var changed = new JsonObject
        {
            ["apiVersion"] = manifest["apiVersion"]!.DeepClone(),
            ["kind"] = manifest["kind"]!.DeepClone(),
            ["metadata"] = new JsonObject { ["name"] = Manifest.NameOf(manifest), ["namespace"] = Manifest.NamespaceOf(manifest) },
            ["spec"] = JsonNode.Parse(Manifest.KindOf(manifest)!.Name switch
            {
                "NetworkPolicy" => """{"podSelector":{"matchLabels":{"some":"pods"}},"egress":[{}]}""",
                "ResourceQuota" => """{"hard":{"services.nodeports":"7"}}""",
                "LimitRange" => """{"limits":[{"type":"Container","defaultRequest":{"memory":"1Gi"}}]}""",
                _ => """{"selector":{"some":"pods"}}""",
            }),
        };
        return changed;
    }
}
