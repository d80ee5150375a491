using LabOrchestrator.Labs.Cluster;

namespace LabOrchestrator.Labs.Reading;

public sealed class ClusterReaderTests
{
    private const string Database = "apiVersion: apps/v1, kind: Deployment, metadata: {name: database}";

    [Theory]
    [InlineData("apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: open}", "kind", "`v1` `ConfigMap`")]
    [InlineData("apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: all}", "kind", "`apps/v1` `StatefulSet`")]
    [InlineData("apiVersion: v1, kind: ServiceAccount, metadata: {name: me}", "kind", "`Secret`")]
    [InlineData("apiVersion: v1, kind: ResourceQuota, metadata: {name: more}", "kind", "Add one of")]
    [InlineData("apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: in}", "kind", "Add one of")]
    [InlineData("apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: old}", "kind", "Add one of")]
    [InlineData("kind: ConfigMap, metadata: {name: settings}", "kind", "Add one of")]
    [InlineData("apiVersion: v1, kind: ConfigMap", "metadata.name", "metadata.name")]
    [InlineData("apiVersion: v1, kind: ConfigMap, metadata: {name: Settings}", "metadata.name", "lower-case")]
    [InlineData("apiVersion: v1, kind: ConfigMap, metadata: {name: helper}", "metadata.name", "no machine's")]
    [InlineData("apiVersion: v1, kind: Service, metadata: {name: client}", "metadata.name", "no machine's")]
    [InlineData("apiVersion: v1, kind: Secret, metadata: {name: client-seed}", "metadata.name", "no machine's")]
    [InlineData("apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: kube-system}", "metadata.namespace", "Remove it")]
    [InlineData("apiVersion: v1, kind: ConfigMap, metadata: {name: settings, labels: {lab-orchestrator/role: helper}}", "metadata.labels.lab-orchestrator/role", "Remove it")]
    [InlineData("apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: NodePort}", "spec.type", "Remove it")]
    [InlineData("apiVersion: v1, kind: Service, metadata: {name: s}, spec: {externalIPs: [192.0.2.1]}", "spec.externalIPs", "Remove it")]
    [InlineData("apiVersion: v1, kind: Service, metadata: {name: s}, spec: {externalName: example.org}", "spec.externalName", "Remove it")]
    [InlineData("apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80, nodePort: 30080}]}", "spec.ports[0].nodePort", "Remove it")]
    [InlineData("apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {hostNetwork: true}", "spec.hostNetwork", "Remove it")]
    [InlineData("apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {serviceAccountName: lab-author}", "spec.serviceAccountName", "Remove it")]
    [InlineData("apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: master}", "spec.nodeName", "Remove it")]
    [InlineData("apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {volumes: [{name: v, hostPath: {path: /}}]}", "spec.volumes[0].hostPath", "Remove it")]
    [InlineData(Database + ", spec: {template: {spec: {containers: [{name: c, securityContext: {privileged: true}}]}}}",
        "spec.template.spec.containers[0].securityContext.privileged", "Remove it")]
    [InlineData(Database + ", spec: {template: {spec: {initContainers: [{name: c, ports: [{hostPort: 80}]}]}}}",
        "spec.template.spec.initContainers[0].ports[0].hostPort", "Remove it")]
    [InlineData(Database + ", spec: {template: {spec: {volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t}}]}}]}}}",
        "spec.template.spec.volumes[0].projected.sources[0].serviceAccountToken", "Remove it")]
    [InlineData(Database + ", spec: {template: {metadata: {labels: {lab-orchestrator/role: helper}}}}",
        "spec.template.metadata.labels.lab-orchestrator/role", "Remove it")]
    [InlineData("apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {k8s.v1.cni.cncf.io/networks: other/net-lab}}",
        "metadata.annotations.k8s.v1.cni.cncf.io/networks", "Remove it")]
    [InlineData(Database + ", spec: {template: {metadata: {annotations: {v1.multus-cni.io/default-network: other/net-lab}}}}",
        "spec.template.metadata.annotations.v1.multus-cni.io/default-network", "Remove it")]
    [InlineData(Database + ", spec: {replicas: 500}", "spec.replicas", "0 to 10")]
    public void Objects_that_lead_out_of_the_instance_are_refused(string manifest, string path, string remedy) =>
        One(Yaml("image: terminal", $"kubernetes: {{objects: [{{{manifest}}}]}}"), $"kubernetes.objects[0].{path}", remedy);

    [Theory]
    [InlineData("metadata: {name: other}", "metadata.name")]
    [InlineData("metadata: {labels: {lab-orchestrator/instance: \"7\"}}", "metadata.labels.lab-orchestrator/instance")]
    [InlineData("kind: Pod", "kind")]
    [InlineData("spec: {runStrategy: Always}", "spec.runStrategy")]
    [InlineData("spec: {template: {spec: {networks: [{name: other}]}}}", "spec.template.spec.networks")]
    [InlineData("spec: {template: {spec: {volumes: [{name: d, hostDisk: {path: /dev/sda}}]}}}", "spec.template.spec.volumes[0].hostDisk")]
    [InlineData("spec: {hostPID: true}", "spec.hostPID")]
    [InlineData("spec: {automountServiceAccountToken: null}", "spec.automountServiceAccountToken")]
    public void Patches_keep_what_keeps_instances_apart(string patch, string path) =>
        One(Yaml($"image: tiny-vm, kubernetes: {{patch: {{{patch}}}}}"), $"machines[0].kubernetes.patch.{path}", "Remove it");

    [Fact]
    public void Every_path_of_a_mistake_leads_to_its_place()
    {
        var mistakes = LabReader.Read(
            LabFiles.FromDefinition(
                """
                name: small
                title: Small
                machines: [{name: client, image: terminal}]
                kubernetes:
                  objects:
                    - apiVersion: v1
                      kind: Service
                      metadata: {name: shop}
                      spec:
                        ports:
                          - port: 80
                            nodePort: 30080
                """),
            TestImages.All).Mistakes;

        mistakes.ShouldHaveSingleItem().Line.ShouldBe(12);
    }

    [Fact]
    public void Pods_do_not_stand_beside_machines_with_network_privileges() => One(
        Yaml("image: terminal, privileges: [raw-network]", "kubernetes: {objects: [{apiVersion: v1, kind: Pod, metadata: {name: p}}]}"),
        "kubernetes.objects[0]",
        "Remove the privileges");

    [Fact]
    public void A_container_has_no_instancetype() =>
        One(Yaml("image: terminal, kubernetes: {instancetype: u1.small}"), "machines[0].kubernetes.instancetype", "");

    [Fact]
    public void A_plain_preference_needs_no_cluster_and_no_admin()
    {
        var lab = Read(Yaml("image: tiny-vm, kubernetes: {preference: windows.11}")).Definition.ShouldNotBeNull();

        lab.WritesToCluster.ShouldBeFalse();
        lab.Requires.ShouldNotContain("kubernetes");
        lab.Machines[0].OnCluster.ShouldBe(new MachineOnCluster(null, "windows.11", null));
    }

    [Fact]
    public void A_patch_needs_a_cluster_and_an_admin()
    {
        var lab = Read(Yaml("image: terminal, kubernetes: {patch: {spec: {nodeSelector: {disk: fast}}}}")).Definition.ShouldNotBeNull();

        lab.WritesToCluster.ShouldBeTrue();
        lab.Requires.ShouldContain("kubernetes");
    }

    private static string Yaml(string machine, string more = "") => $"name: small\ntitle: Small\nmachines: [{{name: client, {machine}}}]\n{more}\n";

    private static LabReading Read(string yaml) => LabReader.Read(LabFiles.FromDefinition(yaml), TestImages.All);

    private static void One(string yaml, string path, string remedy)
    {
        var mistake = Read(yaml).Mistakes.ShouldHaveSingleItem();
        mistake.Path.ShouldBe(path);
        mistake.Remedy.ShouldContain(remedy);
        mistake.Message.ShouldNotBeEmpty();
    }
}
