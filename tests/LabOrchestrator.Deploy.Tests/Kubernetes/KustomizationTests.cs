using System.Text.Json.Nodes;

namespace LabOrchestrator.Deploy.Kubernetes;

public sealed class KustomizationTests
{
    public static TheoryData<string> Folders { get; } = ["examples/try", "examples/production"];

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_kustomization_is_whole_and_confined(string folder)
    {
        var objects = await RenderAsync(folder);
        DeploymentChecks.NamesWhatIsThere(objects);
        DeploymentChecks.RunsConfined(objects);
        DeploymentChecks.SetsWhatIsKnown(objects);
        DeploymentChecks.KeepsStrangersOut(objects);
        objects.All.Where(o => RenderedObjects.Namespace(o) is not null).ShouldAllBe(o => RenderedObjects.Namespace(o) == "lab-orchestrator");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_cluster_admits_it_and_gives_the_server_the_listed_rights_alone(string folder)
    {
        var objects = await RenderAsync(folder);
        await using var cluster = await StrictCluster.StartAsync();
        await ClusterChecks.AdmitsAsync(cluster, objects);
        await ClusterChecks.GivesTheListedRightsAsync(cluster, objects, "lab-orchestrator-objects");
    }

    [Fact]
    public async Task The_example_sets_what_it_says()
    {
        var objects = await RenderAsync("examples/production");
        RenderedObjects.Containers(DeploymentChecks.Server(objects)).Single()["image"]!.GetValue<string>()
            .ShouldBe("registry.example.org/lab-orchestrator/server:1");
        var settings = objects.One("ConfigMap", "lab-orchestrator")["data"]!;
        settings["LABORCHESTRATOR_Apps__Domain"]!.GetValue<string>().ShouldBe("labs-apps.example.net");
        settings["LABORCHESTRATOR_Runtime__Name"]!.GetValue<string>().ShouldBe("kubernetes");
        objects.OfKind("StatefulSet").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ingress-nginx")]
    [InlineData("ingress-traefik")]
    public async Task An_ingress_is_admitted_beside_the_base(string ingress)
    {
        RenderedObjects objects = new([.. (await RenderAsync("base")).All, .. (await RenderAsync(ingress)).All]);
        DeploymentChecks.NamesWhatIsThere(objects);
        DeploymentChecks.KeepsStrangersOut(objects);
        await using var cluster = await StrictCluster.StartAsync();
        await ClusterChecks.AdmitsAsync(cluster, objects);
    }

    [Fact]
    public async Task The_pod_for_restoring_is_admitted_beside_the_server_and_not_taken_for_it()
    {
        var objects = await RenderAsync("examples/try");
        var pod = RenderedObjects.Of(await File.ReadAllTextAsync(RepositoryDocument.PathOf("deploy/kubernetes/restore.yaml"))).All.Single();
        await using var cluster = await StrictCluster.StartAsync();
        await cluster.ApplyAsync([.. objects.All, pod]);
        pod["metadata"]!["labels"].ShouldBeNull();
        var server = RenderedObjects.PodSpec(DeploymentChecks.Server(objects));
        JsonNode.DeepEquals(pod["spec"]!["securityContext"], server["securityContext"]).ShouldBeTrue();
        JsonNode.DeepEquals(pod["spec"]!["volumes"]![0], server["volumes"]![0]).ShouldBeTrue("the volume with the key");
    }

    private static async Task<RenderedObjects> RenderAsync(string folder)
    {
        // Debian 12's own kubectl is of 2020, and takes no folders as resources.
        var version = await Command.OutputAsync("kubectl", "version", "--client", "--output=json");
        Assert.SkipUnless(version.Contains("kustomizeVersion", StringComparison.Ordinal), "The installed kubectl is too old: these tests need 1.24 or newer.");
        return RenderedObjects.Of(await Command.OutputAsync("kubectl", "kustomize", $"deploy/kubernetes/{folder}"));
    }
}
