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

    [Theory]
    [InlineData("namePrefix: x-", "namePrefix")]
    [InlineData("patches: [{target: {kind: Ingress, name: other}, patch: \"[]\"}]", "No object")]
    [InlineData("patches: [{target: {kind: Namespace, name: lab-orchestrator}, patch: \"[{op: add, path: /a, value: 1}]\"}]", "No other operation")]
    [InlineData("images: [{name: a, digest: b}]", "names and tags")]
    public void A_folder_that_uses_what_is_not_rendered_here_is_complained_of(string use, string complaint)
    {
        var folder = Directory.CreateTempSubdirectory("lab-kustomization-");
        try
        {
            var file = Path.Combine(folder.FullName, "kustomization.yaml");
            const string plain = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [namespace.yaml]\n";
            File.Copy(RepositoryDocument.PathOf("deploy/kubernetes/base/namespace.yaml"), Path.Combine(folder.FullName, "namespace.yaml"));
            File.WriteAllText(file, plain);
            Kustomization.Render(folder.FullName).All.ShouldHaveSingleItem();
            File.WriteAllText(file, plain + use);

            Should.Throw<ShouldAssertException>(() => Kustomization.Render(folder.FullName)).Message.ShouldContain(complaint);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<RenderedObjects> RenderAsync(string folder)
    {
        var ours = Kustomization.Render(RepositoryDocument.PathOf($"deploy/kubernetes/{folder}"));
        if (await Command.ExistsAsync("kubectl")
            && (await Command.OutputAsync("kubectl", "version", "--client", "--output=json")).Contains("kustomizeVersion", StringComparison.Ordinal))
        {
            // Where a kubectl of 2022 or newer is, it has the last word.
            var theirs = RenderedObjects.Of(await Command.OutputAsync("kubectl", "kustomize", $"deploy/kubernetes/{folder}"));
            ours.All.Select(Kustomization.Identity).ShouldBe(theirs.All.Select(Kustomization.Identity), ignoreOrder: true);
            foreach (var (one, other) in ours.All.OrderBy(Kustomization.Identity).Zip(theirs.All.OrderBy(Kustomization.Identity)))
            {
                JsonNode.DeepEquals(one, other).ShouldBeTrue($"{one.ToJsonString()}\n{other.ToJsonString()}");
            }
        }

        return ours;
    }
}
