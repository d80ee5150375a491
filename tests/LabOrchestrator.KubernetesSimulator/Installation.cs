using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Schemas;

namespace LabOrchestrator.KubernetesSimulator;

/// <summary>What is in a cluster before anybody uses it.</summary>
internal static class Installation
{
    private static readonly WriteOptions By = WriteOptions.Of("installation");

    public static void Install(ObjectWriter writer, UploadSigner signer, IReadOnlyList<string> addOns)
    {
        foreach (var name in (string[])["default", "kube-system", "kube-public"])
        {
            Create(writer, "", "namespaces", null, name, null);
        }

        Create(writer, "", "services", "default", "kubernetes", """{"spec":{"ports":[{"name":"https","port":443}]}}""");
        Create(writer, "", "services", "kube-system", "kube-dns", """{"metadata":{"labels":{"k8s-app":"kube-dns"}},"spec":{"selector":{"k8s-app":"kube-dns"},"ports":[{"name":"dns","port":53,"protocol":"UDP"}]}}""");
        Create(writer, "rbac.authorization.k8s.io", "clusterroles", null, "cluster-admin", """{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}""");
        Create(writer, "storage.k8s.io", "storageclasses", null, "standard",
            """{"metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"}},"provisioner":"simulator.local/disks","volumeBindingMode":"Immediate","reclaimPolicy":"Delete"}""");
        Create(writer, "", "nodes", null, "node-1", """{"metadata":{"labels":{"kubernetes.io/os":"linux","kubevirt.io/schedulable":"true"}}}""");
        foreach (var addOn in addOns)
        {
            Install(writer, signer, addOn);
        }
    }

    /// <summary>Adds what an add-on brings.</summary>
    public static void Install(ObjectWriter writer, UploadSigner signer, string addOn)
    {
        foreach (var definition in SchemaCatalogue.CustomKinds(addOn))
        {
            Define(writer, (JsonObject)JsonNode.Parse(definition)!);
        }

        switch (addOn)
        {
            case "kubevirt":
                Create(writer, "", "namespaces", null, "kubevirt", null);
                Operated(writer, "kubevirt.io", "kubevirts", "kubevirt", "kubevirt", """{"phase":"Deployed","observedKubeVirtVersion":"v1.9.0","operatorVersion":"v1.9.0","conditions":[{"type":"Available","status":"True"}]}""");
                Create(writer, "instancetype.kubevirt.io", "virtualmachineclusterinstancetypes", null, "u1.small", """{"spec":{"cpu":{"guest":1},"memory":{"guest":"2Gi"}}}""");
                foreach (var windows in (string[])["windows.11", "windows.11.virtio"])
                {
                    Create(writer, "instancetype.kubevirt.io", "virtualmachineclusterpreferences", null, windows, """{"spec":{"cpu":{"preferredCPUTopology":"sockets"},"requirements":{"cpu":{"guest":2},"memory":{"guest":"4Gi"}}}}""");
                }

                break;
            case "cdi":
                Create(writer, "", "namespaces", null, "cdi", null);
                Operated(writer, "cdi.kubevirt.io", "cdis", null, "cdi", """{"phase":"Deployed","observedVersion":"v1.66.0","conditions":[{"type":"Available","status":"True"}]}""");
                signer.Publish();
                break;
            case "multus":
                break;
            default:
                throw new ArgumentException($"There is no add-on \"{addOn}\": choose of kubevirt, cdi, multus.");
        }
    }

    private static void Define(ObjectWriter writer, JsonObject definition) =>
        writer.Create(writer.Kinds.Find("apiextensions.k8s.io", "customresourcedefinitions")!, null, definition, By);

    private static void Operated(ObjectWriter writer, string group, string plural, string? @namespace, string name, string status)
    {
        Create(writer, group, plural, @namespace, name, """{"spec":{}}""");
        writer.Change(writer.Kinds.Find(group, plural)!, @namespace, name, By with { Subresource = "status" }, live =>
        {
            live["status"] = JsonNode.Parse(status);
            return live;
        });
    }

    private static void Create(ObjectWriter writer, string group, string plural, string? @namespace, string name, string? body)
    {
        var kind = writer.Kinds.Find(group, plural)!;
        var value = body is null ? [] : (JsonObject)JsonNode.Parse(body)!;
        value.Metadata()["name"] = name;
        writer.Create(kind, @namespace, value, By);
    }
}
