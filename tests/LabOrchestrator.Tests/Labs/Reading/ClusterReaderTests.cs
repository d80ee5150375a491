using LabOrchestrator.Labs.Cluster;

namespace LabOrchestrator.Labs.Reading;

public sealed class ClusterReaderTests
{
    private const string Database = "apiVersion: apps/v1, kind: Deployment, metadata: {name: database}";
    private const string Secret = "apiVersion: v1, kind: Secret, ";
    private const string Claim = "apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, ";
    private const string Kept = "apiVersion: apps/v1, kind: StatefulSet, metadata: {name: kept}, ";

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
    [InlineData(Secret + "metadata: {name: t}, type: kubernetes.io/service-account-token", "type")]
    [InlineData(Secret + "metadata: {name: t}, type: bootstrap.kubernetes.io/token", "type")]
    [InlineData(Secret + "metadata: {name: t}, type: {a: b}", "type")]
    [InlineData(Secret + "metadata: {name: t, annotations: {kubernetes.io/service-account.name: lab-author}}", "metadata.annotations.kubernetes.io/service-account.name")]
    [InlineData(Secret + "metadata: {name: t}, status: {}", "status")]
    [InlineData(Claim + "spec: {volumeName: somebodys}", "spec.volumeName")]
    [InlineData(Claim + "spec: {selector: {matchLabels: {of: somebody}}}", "spec.selector")]
    [InlineData(Claim + "spec: {dataSourceRef: {kind: PersistentVolumeClaim, name: disk, namespace: other}}", "spec.dataSourceRef")]
    [InlineData("apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, annotations: {k8s.io/CloneRequest: other/disk}}", "metadata.annotations.k8s.io/CloneRequest")]
    [InlineData("apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, annotations: {cdi.kubevirt.io/storage.import.endpoint: \"http://10.0.0.1\"}}",
        "metadata.annotations.cdi.kubevirt.io/storage.import.endpoint")]
    [InlineData(Kept + "spec: {volumeClaimTemplates: [{metadata: {name: d}, spec: {volumeName: somebodys}}]}", "spec.volumeClaimTemplates[0].spec.volumeName")]
    [InlineData(Kept + "spec: {volumeClaimTemplates: [{metadata: {name: d, annotations: {k8s.io/CloneRequest: a/b}}}]}",
        "spec.volumeClaimTemplates[0].metadata.annotations.k8s.io/CloneRequest")]
    [InlineData(Kept + "spec: {template: {metadata: {finalizers: [a/b]}}}", "spec.template.metadata.finalizers")]
    [InlineData(Kept + "spec: {template: {spec: {hostUsers: true}}}", "spec.template.spec.hostUsers")]
    [InlineData("apiVersion: v1, kind: Pod, metadata: {name: p, labels: {kubevirt.io: virt-launcher}}", "metadata.labels.kubevirt.io")]
    [InlineData("apiVersion: v1, kind: Pod, metadata: {name: p, labels: {cdi.kubevirt.io: cdi-upload-server}}", "metadata.labels.cdi.kubevirt.io")]
    [InlineData(Kept + "spec: {template: {metadata: {labels: {cdi.kubevirt.io: cdi-upload-server}}}}", "spec.template.metadata.labels.cdi.kubevirt.io")]
    [InlineData("apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {io.kubernetes.cri-o.Devices: /dev/sda}}", "metadata.annotations.io.kubernetes.cri-o.Devices")]
    [InlineData("apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {container.apparmor.security.beta.kubernetes.io/c: unconfined}}",
        "metadata.annotations.container.apparmor.security.beta.kubernetes.io/c")]
    [InlineData("apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: LoadBalancer}", "spec.type")]
    public void Objects_that_lead_to_what_is_not_the_labs_are_refused(string manifest, string path) =>
        One(Yaml("image: terminal", $"kubernetes: {{objects: [{{{manifest}}}]}}"), $"kubernetes.objects[0].{path}", "Remove it");

    public static TheoryData<string, string> PodsThatAskForMore { get; } = new()
    {
        { "containers: [{name: c, securityContext: {capabilities: {add: [SYS_MODULE]}}}]", "containers[0].securityContext.capabilities.add[0]" },
        { "containers: [{name: c, securityContext: {capabilities: {add: [CHOWN, CAP_SYS_ADMIN]}}}]", "containers[0].securityContext.capabilities.add[1]" },
        { "initContainers: [{name: c, securityContext: {capabilities: {add: [NET_ADMIN]}}}]", "initContainers[0].securityContext.capabilities.add[0]" },
        { "containers: [{name: c, securityContext: {privileged: \"true\"}}]", "containers[0].securityContext.privileged" },
        { "containers: [{name: c, securityContext: {procMount: Unmasked}}]", "containers[0].securityContext.procMount" },
        { "containers: [{name: c, securityContext: {seccompProfile: {type: Unconfined}}}]", "containers[0].securityContext.seccompProfile.type" },
        { "containers: [{name: c, securityContext: {appArmorProfile: {type: Unconfined}}}]", "containers[0].securityContext.appArmorProfile.type" },
        { "containers: [{name: c, securityContext: {seLinuxOptions: {type: spc_t}}}]", "containers[0].securityContext.seLinuxOptions" },
        { "containers: [{name: c, ports: [{containerPort: 80, hostIP: 127.0.0.1}]}]", "containers[0].ports[0].hostIP" },
        { "containers: [{name: c, resources: {limits: {devices.kubevirt.io/kvm: 1}}}]", "containers[0].resources.limits.devices.kubevirt.io/kvm" },
        { "containers: [{name: c, resources: {claims: [{name: gpu}]}}]", "containers[0].resources.claims" },
        { "containers: [{name: c, livenessProbe: {httpGet: {host: 169.254.169.254, port: 80}}}]", "containers[0].livenessProbe.httpGet.host" },
        { "containers: [{name: c, lifecycle: {postStart: {tcpSocket: {host: 10.0.0.1, port: 22}}}}]", "containers[0].lifecycle.postStart.tcpSocket.host" },
        { "containers: [{name: c, volumeMounts: [{name: v, mountPath: /v, mountPropagation: Bidirectional}]}]", "containers[0].volumeMounts[0].mountPropagation" },
        { "containers: [{name: c, tomorrow: 1}]", "containers[0].tomorrow" },
        { "securityContext: {seccompProfile: {type: Unconfined}}", "securityContext.seccompProfile.type" },
        { "securityContext: {sysctls: [{name: net.ipv4.ping_group_range, value: \"0 1\"}, {name: kernel.msgmax, value: \"1\"}]}", "securityContext.sysctls[1]" },
        { "securityContext: {windowsOptions: {hostProcess: true}}", "securityContext.windowsOptions" },
        { "hostUsers: true", "hostUsers" },
        { "hostIPC: true", "hostIPC" },
        { "resourceClaims: [{name: gpu}]", "resourceClaims" },
        { "schedulerName: mine", "schedulerName" },
        { "schedulingGates: [{name: mine}]", "schedulingGates" },
        { "priority: 1000", "priority" },
        { "tolerations: [{operator: Exists}]", "tolerations[0]" },
        { "tolerations: [{key: disk}, {key: node-role.kubernetes.io/control-plane, operator: Exists}]", "tolerations[1]" },
        { "volumes: [{name: v, csi: {driver: secrets-store.csi.k8s.io}}]", "volumes[0].csi" },
        { "volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {volumeName: somebodys}}}}]", "volumes[0].ephemeral" },
        { "volumes: [{name: v, projected: {sources: [{clusterTrustBundle: {path: t}}]}}]", "volumes[0].projected.sources[0].clusterTrustBundle" },
    };

    [Theory]
    [MemberData(nameof(PodsThatAskForMore))]
    public void Pods_ask_for_nothing_of_the_node_or_the_cluster(string spec, string path) =>
        One(
            Yaml("image: terminal", $"kubernetes: {{objects: [{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{{spec}}}}}]}}"),
            $"kubernetes.objects[0].spec.{path}", "Remove it");

    [Theory]
    [MemberData(nameof(PodsThatAskForMore))]
    public void Patches_of_containers_ask_for_no_more_than_pods(string spec, string path) =>
        One(Yaml($"image: terminal, kubernetes: {{patch: {{spec: {{{spec}}}}}}}"), $"machines[0].kubernetes.patch.spec.{path}", "Remove it");

    [Theory]
    [InlineData("raw-network", "NET_RAW", true)]
    [InlineData("raw-network", "NET_ADMIN", false)]
    [InlineData("network-admin", "NET_ADMIN", true)]
    [InlineData("network-admin", "SYS_ADMIN", false)]
    [InlineData("network-admin", "BPF", false)]
    [InlineData("sudo", "SYS_CHROOT", true)]
    [InlineData("sudo", "NET_RAW", false)]
    public void A_patch_adds_the_capabilities_of_the_machines_own_privileges_alone(string privilege, string capability, bool isTaken)
    {
        var yaml = Yaml(
            $"image: terminal, privileges: [{privilege}], "
            + $"kubernetes: {{patch: {{spec: {{containers: [{{name: machine, securityContext: {{capabilities: {{add: [{capability}]}}}}}}]}}}}}}");
        if (isTaken)
        {
            Read(yaml).Mistakes.ShouldBeEmpty();
            return;
        }

        One(yaml, "machines[0].kubernetes.patch.spec.containers[0].securityContext.capabilities.add[0]", "Remove it");
    }

    [Fact]
    public void Usual_objects_are_taken() => Read(Yaml(
        "image: terminal",
        """
        kubernetes:
          objects:
            - {apiVersion: v1, kind: Secret, metadata: {name: plain}, stringData: {a: b}}
            - {apiVersion: v1, kind: Secret, metadata: {name: web}, type: kubernetes.io/tls, data: {tls.crt: "", tls.key: ""}}
            - {apiVersion: v1, kind: Secret, metadata: {name: pull}, type: kubernetes.io/dockerconfigjson, immutable: true}
            - {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
            - {apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: ClusterIP, selector: {app: shop}, ports: [{port: 80}]}}
            - apiVersion: apps/v1
              kind: StatefulSet
              metadata: {name: shop, labels: {app.kubernetes.io/name: shop}, annotations: {note: for week 2}}
              spec:
                volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
                template:
                  metadata: {labels: {app: shop}}
                  spec:
                    securityContext: {fsGroup: 999, seccompProfile: {type: RuntimeDefault}, sysctls: [{name: net.ipv4.tcp_syncookies, value: "1"}]}
                    tolerations: [{key: labs, operator: Exists}]
                    containers:
                      - name: shop
                        image: registry.example.org/shop:1
                        resources: {limits: {cpu: "1", memory: 1Gi}}
                        readinessProbe: {httpGet: {port: 80}}
                        securityContext: {privileged: false, capabilities: {drop: [ALL], add: [CHOWN, SETUID]}}
                        volumeMounts: [{name: data, mountPath: /data}]
                    volumes: [{name: t, emptyDir: {}}, {name: s, secret: {secretName: plain}}, {name: p, projected: {sources: [{configMap: {name: c}}]}}]
        """)).Mistakes.ShouldBeEmpty();

    [Theory]
    [InlineData("metadata: {name: other}", "metadata.name")]
    [InlineData("metadata: {labels: {lab-orchestrator/instance: \"7\"}}", "metadata.labels.lab-orchestrator/instance")]
    [InlineData("kind: Pod", "kind")]
    [InlineData("spec: {runStrategy: Always}", "spec.runStrategy")]
    [InlineData("spec: {template: {spec: {networks: [{name: other}]}}}", "spec.template.spec.networks")]
    [InlineData("spec: {template: {spec: {volumes: [{name: d, hostDisk: {path: /dev/sda}}]}}}", "spec.template.spec.volumes[0].hostDisk")]
    [InlineData("spec: {hostPID: true}", "spec.hostPID")]
    [InlineData("spec: {automountServiceAccountToken: null}", "spec.automountServiceAccountToken")]
    [InlineData("spec: {template: {metadata: {annotations: {hooks.kubevirt.io/hookSidecars: \"[]\"}}}}", "spec.template.metadata.annotations.hooks.kubevirt.io/hookSidecars")]
    [InlineData("metadata: {annotations: {kubevirt.io/allow-pod-bridge-network-live-migration: \"\"}}", "metadata.annotations.kubevirt.io/allow-pod-bridge-network-live-migration")]
    [InlineData("metadata: {finalizers: null}", "metadata.finalizers")]
    [InlineData("spec: {template: {metadata: {finalizers: [a/b]}}}", "spec.template.metadata.finalizers")]
    [InlineData("spec: {template: {spec: {domain: {devices: {hostDevices: [{name: d, deviceName: intel.com/qat}]}}}}}", "spec.template.spec.domain.devices.hostDevices")]
    [InlineData("spec: {template: {spec: {domain: {devices: {gpus: [{name: d, deviceName: nvidia.com/A100}]}}}}}", "spec.template.spec.domain.devices.gpus")]
    [InlineData("spec: {template: {spec: {domain: {devices: {filesystems: [{name: d, virtiofs: {}}]}}}}}", "spec.template.spec.domain.devices.filesystems")]
    [InlineData("spec: {template: {spec: {domain: {devices: {downwardMetrics: {}}}}}}", "spec.template.spec.domain.devices.downwardMetrics")]
    [InlineData("spec: {template: {spec: {domain: {devices: {autoattachVSOCK: true}}}}}", "spec.template.spec.domain.devices.autoattachVSOCK")]
    [InlineData("spec: {template: {spec: {domain: {devices: {disks: [{name: root, lun: {reservation: true}}]}}}}}", "spec.template.spec.domain.devices.disks[0].lun")]
    [InlineData("spec: {template: {spec: {domain: {devices: {interfaces: [{name: lab, bridge: {}}]}}}}}", "spec.template.spec.domain.devices.interfaces[0].bridge")]
    [InlineData("spec: {template: {spec: {domain: {resources: {limits: {nvidia.com/gpu: 1}}}}}}", "spec.template.spec.domain.resources.limits.nvidia.com/gpu")]
    [InlineData("spec: {template: {spec: {domain: {launchSecurity: {sev: {}}}}}}", "spec.template.spec.domain.launchSecurity")]
    [InlineData("spec: {template: {spec: {priorityClassName: system-node-critical}}}", "spec.template.spec.priorityClassName")]
    [InlineData("spec: {template: {spec: {tolerations: [{operator: Exists}]}}}", "spec.template.spec.tolerations[0]")]
    [InlineData("spec: {template: {spec: {readinessProbe: {tcpSocket: {host: 10.0.0.1, port: 22}}}}}", "spec.template.spec.readinessProbe.tcpSocket.host")]
    [InlineData("spec: {template: {spec: {volumes: [{name: d, serviceAccount: {serviceAccountName: default}}]}}}", "spec.template.spec.volumes[0].serviceAccount")]
    [InlineData("spec: {template: {spec: {volumes: [{name: d, memoryDump: {claimName: m}}]}}}", "spec.template.spec.volumes[0].memoryDump")]
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

    [Theory]
    [InlineData("spec: {template: {spec: {nodeSelector: {disk: fast}, domain: {cpu: {cores: 2, dedicatedCpuPlacement: true}, memory: {hugepages: {pageSize: 2Mi}}}}}}")]
    [InlineData("metadata: {annotations: {kubevirt.io/disablePCIHole64: \"true\"}, labels: {course: networks}}")]
    [InlineData("spec: {template: {spec: {domain: {devices: {interfaces: [{name: lab, model: e1000e}], disks: [{name: more, disk: {bus: virtio}}]}}, volumes: [{name: more, emptyDisk: {capacity: 1Gi}}]}}}")]
    [InlineData("spec: {template: {spec: {livenessProbe: {guestAgentPing: {}}, hostDisk: null}}}")]
    public void Usual_patches_of_VMs_are_taken(string patch) =>
        Read(Yaml($"image: tiny-vm, kubernetes: {{patch: {{{patch}}}}}")).Mistakes.ShouldBeEmpty();

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
