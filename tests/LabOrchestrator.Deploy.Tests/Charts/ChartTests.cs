using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.Deploy.Kubernetes;
using YamlDotNet.RepresentationModel;

namespace LabOrchestrator.Deploy.Charts;

public sealed class ChartTests(ChartRenderer chart) : IClassFixture<ChartRenderer>
{
    public static TheoryData<string> Examples { get; } =
        [.. Directory.EnumerateFiles(RepositoryDocument.PathOf("deploy/helm/examples")).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_is_whole_and_confined(string example)
    {
        var objects = await chart.ExampleAsync(example);
        DeploymentChecks.NamesWhatIsThere(objects, "labs-database", "labs-admin");
        DeploymentChecks.RunsConfined(objects);
        DeploymentChecks.SetsWhatIsKnown(objects);
        DeploymentChecks.KeepsStrangersOut(objects);
        string?[] namespaces = [ChartRenderer.Namespace, .. objects.OfKind("Namespace").Select(RenderedObjects.Name)];
        objects.All.Select(RenderedObjects.Namespace).OfType<string>().ShouldBeSubsetOf(namespaces!);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task A_cluster_admits_it_and_gives_the_server_the_listed_rights_alone(string example)
    {
        var objects = await chart.ExampleAsync(example);
        var role = objects.OfKind("ConfigMap").Single()["data"]!["LABORCHESTRATOR_Kubernetes__ObjectsRole"]!.GetValue<string>();
        objects.OfKind("ClusterRole").Select(RenderedObjects.Name).ShouldContain(role);
        await using var cluster = await StrictCluster.StartAsync();
        await cluster.ApplyAsync([RestrictedNamespace()]);
        await ClusterChecks.AdmitsAsync(cluster, objects);
        await ClusterChecks.GivesTheListedRightsAsync(cluster, objects, role);
    }

    [Fact]
    public async Task The_server_of_the_chart_runs_as_the_one_of_kustomize()
    {
        var kustomized = DeploymentChecks.Server(RenderedObjects.Of(await File.ReadAllTextAsync(RepositoryDocument.PathOf("deploy/kubernetes/base/deployment.yaml"))));
        var charted = DeploymentChecks.Server(await chart.ExampleAsync("try"));
        foreach (var key in (string[])["securityContext", "terminationGracePeriodSeconds", "enableServiceLinks"])
        {
            RenderedObjects.PodSpec(charted)[key]!.ToJsonString().ShouldBe(RenderedObjects.PodSpec(kustomized)[key]!.ToJsonString());
        }

        foreach (var key in (string[])["image", "ports", "startupProbe", "livenessProbe", "readinessProbe", "securityContext", "volumeMounts"])
        {
            RenderedObjects.Containers(charted).Single()[key]!.ToJsonString().ShouldBe(RenderedObjects.Containers(kustomized).Single()[key]!.ToJsonString());
        }

        JsonNode.DeepEquals(RenderedObjects.Containers(charted).Single()["resources"], RenderedObjects.Containers(kustomized).Single()["resources"]).ShouldBeTrue();
    }

    [Fact]
    public async Task The_password_of_the_database_is_the_same_on_both_sides_and_made_anew_each_time()
    {
        var passwords = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var secret = (await chart.ExampleAsync("try")).OfKind("Secret").Single();
            var password = Decoded(secret, "password");
            password.Length.ShouldBe(40);
            Decoded(secret, "connection-string").ShouldBe($"Host={ChartRenderer.Release}-lab-orchestrator-postgres;Database=labs;Username=labs;Password={password}");
            passwords.Add(password);
        }

        passwords.ShouldBeUnique();
    }

    [Fact]
    public async Task Uploaded_disks_get_a_namespace_with_the_same_rights_as_by_kubectl()
    {
        var objects = await chart.ExampleAsync("production");
        var byHand = RenderedObjects.Of(await File.ReadAllTextAsync(RepositoryDocument.PathOf("deploy/kubernetes/images.yaml")));
        var space = objects.OfKind("Namespace").Single();
        RenderedObjects.Name(space).ShouldBe($"{ChartRenderer.Namespace}-images");
        Settings(objects)["LABORCHESTRATOR_Kubernetes__ImagesNamespace"]!.GetValue<string>().ShouldBe(RenderedObjects.Name(space));
        space["metadata"]!["annotations"]!["helm.sh/resource-policy"]!.GetValue<string>().ShouldBe("keep");
        const string level = "pod-security.kubernetes.io/enforce";
        space["metadata"]!["labels"]![level]!.GetValue<string>().ShouldBe(byHand.OfKind("Namespace").Single()["metadata"]!["labels"]![level]!.GetValue<string>());

        var (role, binding) = (objects.OfKind("Role").Single(), objects.OfKind("RoleBinding").Single());
        new[] { role, binding }.ShouldAllBe(o => RenderedObjects.Namespace(o) == RenderedObjects.Name(space));
        binding["roleRef"]!["name"]!.GetValue<string>().ShouldBe(RenderedObjects.Name(role));
        JsonNode.DeepEquals(role["rules"], byHand.OfKind("Role").Single()["rules"]).ShouldBeTrue(role.ToJsonString());
        JsonNode.DeepEquals(binding["subjects"], byHand.OfKind("RoleBinding").Single()["subjects"]).ShouldBeTrue(binding.ToJsonString());
        (await chart.ExampleAsync("try")).OfKind("Namespace", "Role", "RoleBinding").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("proxyAuthority: \"-----BEGIN CERTIFICATE-----\\nabc\\n-----END CERTIFICATE-----\\n\"", "labs-lab-orchestrator-upload-proxy", "ca.crt")]
    [InlineData("existingConfigMap: bundle, existingConfigMapKey: proxy.pem", "bundle", "proxy.pem")]
    public async Task The_authority_of_the_upload_proxy_is_where_the_setting_says(string values, string map, string key)
    {
        var result = await chart.RenderAsync($"{{postgres: {{enabled: true}}, uploads: {{{values}}}}}");
        result.Status.ShouldBe(0, result.Error);
        var objects = RenderedObjects.Of(result.Output);
        DeploymentChecks.NamesWhatIsThere(objects, "bundle");
        DeploymentChecks.SetsWhatIsKnown(objects);

        var server = DeploymentChecks.Server(objects);
        var volume = RenderedObjects.PodSpec(server)["volumes"]!.AsArray().Single(v => v!["configMap"] is not null)!;
        volume["configMap"]!["name"]!.GetValue<string>().ShouldBe(map);
        var item = volume["configMap"]!["items"]!.AsArray().Single()!;
        item["key"]!.GetValue<string>().ShouldBe(key);
        var mount = RenderedObjects.Containers(server).Single()["volumeMounts"]!.AsArray().Single(m => m!["name"]!.GetValue<string>() == volume["name"]!.GetValue<string>())!;
        Settings(objects)["LABORCHESTRATOR_Kubernetes__UploadProxyAuthority"]!.GetValue<string>().ShouldBe($"{mount["mountPath"]}/{item["path"]}");
        if (map != "bundle")
        {
            objects.One("ConfigMap", map)["data"]!["ca.crt"]!.GetValue<string>().ShouldBe("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n");
        }

        await using var cluster = await StrictCluster.StartAsync();
        await cluster.ApplyAsync([RestrictedNamespace()]);
        await ClusterChecks.AdmitsAsync(cluster, objects);
    }

    [Theory]
    [InlineData("{}", "There is no database")]
    [InlineData("{postgres: {enabled: true}, database: {connectionString: Host=db}}", "exclude each other")]
    [InlineData("{database: {existingSecret: a, connectionString: Host=db}}", "exclude each other")]
    [InlineData("{postgres: {enabled: true, siz: 1Gi}}", "siz")]
    [InlineData("{postgres: {enabled: yes-please}}", "postgres.enabled")]
    [InlineData("{postgres: {enabled: true, size: 5 GB}}", "postgres.size")]
    [InlineData("{postgres: {enabled: true}, settings: {Limits__Instances: 200}}", "Limits__Instances")]
    [InlineData("{postgres: {enabled: true}, settings: {LABORCHESTRATOR-x: a}}", "LABORCHESTRATOR-x")]
    [InlineData("{postgres: {enabled: true}, ingress: {enabled: true}}", "ingress.host")]
    [InlineData("{postgres: {enabled: true}, ingress: {controllerLabels: {a: null, app.kubernetes.io/name: null}}}", "controllerLabels")]
    [InlineData("{postgres: {enabled: true}, uploads: {proxyAuthority: /etc/proxy.pem}}", "uploads.proxyAuthority")]
    [InlineData("{postgres: {enabled: true}, uploads: {proxyAuthority: '-----BEGIN CERTIFICATE-----', existingConfigMap: a}}", "exclude each other")]
    [InlineData("{postgres: {enabled: true}, uploads: {namespace: Lab Images}}", "uploads.namespace")]
    public async Task Wrong_values_are_refused_by_name(string values, string named)
    {
        var result = await chart.RenderAsync(values);
        result.Status.ShouldNotBe(0, result.Output);
        result.Error.ShouldContain(named);
    }

    [Fact]
    public void The_schema_knows_every_value_and_no_other()
    {
        var schema = JsonNode.Parse(File.ReadAllText(RepositoryDocument.PathOf($"{ChartRenderer.Chart}/values.schema.json")))!;
        var values = new YamlStream();
        values.Load(new StringReader(File.ReadAllText(RepositoryDocument.PathOf($"{ChartRenderer.Chart}/values.yaml"))));
        Compare((YamlMappingNode)values.Documents[0].RootNode, schema, "");
    }

    [Fact]
    public void Every_value_is_explained()
    {
        var before = "";
        foreach (var line in File.ReadLines(RepositoryDocument.PathOf($"{ChartRenderer.Chart}/values.yaml")))
        {
            if (line.Length > 0 && char.IsLetter(line[0]))
            {
                before.ShouldStartWith("#", Case.Sensitive, line);
            }

            before = line;
        }
    }

    private static void Compare(YamlMappingNode values, JsonNode schema, string path)
    {
        if (schema["properties"] is not JsonObject properties || schema["additionalProperties"]?.GetValueKind() is not System.Text.Json.JsonValueKind.False)
        {
            return;
        }

        var names = values.Children.Keys.Select(k => ((YamlScalarNode)k).Value!).ToList();
        names.ShouldBe(properties.Select(p => p.Key), ignoreOrder: true, path);
        foreach (var (key, value) in values.Children)
        {
            var name = ((YamlScalarNode)key).Value!;
            if (value is YamlMappingNode map)
            {
                Compare(map, properties[name]!, $"{path}.{name}");
            }
        }
    }

    private static JsonNode Settings(RenderedObjects objects) => objects.One("ConfigMap", $"{ChartRenderer.Release}-lab-orchestrator")["data"]!;

    private static string Decoded(JsonObject secret, string key) => Encoding.UTF8.GetString(Convert.FromBase64String(secret["data"]![key]!.GetValue<string>()));

    // What docs/how-to/run-on-a-cluster.md has one make before the chart is installed.
    private static JsonObject RestrictedNamespace() => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new JsonObject
        {
            ["name"] = ChartRenderer.Namespace,
            ["labels"] = new JsonObject { ["pod-security.kubernetes.io/enforce"] = "restricted" },
        },
    };
}
