using System.Security.Cryptography;

namespace LabOrchestrator.KubernetesSimulator.Tests.Controllers;

public sealed class DiskTests
{
    private const string Disks = "/apis/cdi.kubevirt.io/v1beta1/namespaces/a/datavolumes";
    private const string Claims = "/api/v1/namespaces/a/persistentvolumeclaims";

    [Fact]
    public async Task A_disk_is_imported_with_progress_and_then_its_claim_is_bound()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.AdminAsync("PUT", "settings", """{"importMilliseconds":300}""");
        using var watch = await cluster.WatchAsync(Disks + "?watch=true");
        (await cluster.PostAsync(Disks, Disk("docker://labs/debian:12"))).Code.ShouldBe(201);
        List<(string Phase, string Progress)> seen = [];
        while (seen.Count == 0 || seen[^1].Phase != "Succeeded")
        {
            var told = await watch.NextAsync();
            seen.Add((told.Text("object", "status", "phase") ?? "", told.Text("object", "status", "progress") ?? ""));
        }

        seen.Select(s => s.Phase).Distinct().ShouldBe(["", "ImportScheduled", "ImportInProgress", "Succeeded"]);
        seen.Count(s => s.Phase == "ImportInProgress" && s.Progress.EndsWith('%')).ShouldBeGreaterThan(1);
        (await cluster.GetAsync(Claims + "/d")).Text("status", "phase").ShouldBe("Bound");
        await cluster.EventuallyAsync("/api/v1/namespaces/a/pods", a => a.Json["items"]!.AsArray().Count == 0);
    }

    [Fact]
    public async Task An_image_that_is_not_there_is_told_and_a_machine_waits_for_its_disk()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync(Disks, Disk("docker://labs/does-not-exist:1"));
        var failed = await cluster.EventuallyAsync(Disks + "/d", a => a.Body.Contains("ImagePullFailed", StringComparison.Ordinal));
        failed.Text("status", "phase").ShouldBe("ImportInProgress");
    }

    [Fact]
    public async Task A_quota_refuses_the_importer_and_the_disk_says_so()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync("/api/v1/namespaces/a/resourcequotas", """{"metadata":{"name":"q"},"spec":{"hard":{"pods":"0"}}}""");
        await cluster.PostAsync(Disks, Disk("docker://labs/debian:12"));
        var refused = await cluster.EventuallyAsync(Disks + "/d", a => a.Body.Contains("ErrExceededQuota", StringComparison.Ordinal));
        refused.Body.ShouldContain("exceeded quota: q");
    }

    [Fact]
    public async Task A_disk_is_uploaded_once_with_a_token_of_its_own()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync(Disks, """{"metadata":{"name":"d"},"spec":{"source":{"upload":{}},"storage":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}}""");
        await cluster.EventuallyAsync(Disks + "/d", a => a.Text("status", "phase") == "UploadReady");
        var token = (await cluster.PostAsync("/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/a/uploadtokenrequests", """{"spec":{"pvcName":"d"}}""")).Text("status", "token");
        (await Upload("wrong")).Code.ShouldBe(401);
        (await Upload(token!)).Code.ShouldBe(200);
        await cluster.EventuallyAsync(Disks + "/d", a => a.Text("status", "phase") == "Succeeded");
        (await Upload(token!)).Code.ShouldBe(503);
        (await cluster.GetAsync(Claims + "/d")).Text("metadata", "annotations", "simulator.local/sha256").ShouldBe(Convert.ToHexStringLower(SHA256.HashData("disk"u8)));

        Task<Answer> Upload(string with) => cluster.SendAsync("POST", "/v1beta1/upload", "disk", "application/octet-stream", ("Authorization", "Bearer " + with));
    }

    [Fact]
    public async Task A_disk_whose_name_another_claim_has_is_filled_when_that_claim_is_gone()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync(Claims, """{"metadata":{"name":"d"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");
        await cluster.PostAsync(Disks, """{"metadata":{"name":"d"},"spec":{"source":{"upload":{}},"storage":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}}""");
        await cluster.EventuallyAsync("/api/v1/namespaces/a/events", a => a.Body.Contains("ErrResourceExists", StringComparison.Ordinal));
        await cluster.SendAsync("DELETE", Claims + "/d");
        await cluster.EventuallyAsync(Disks + "/d", a => a.Text("status", "phase") == "UploadReady");
    }

    [Fact]
    public async Task A_machine_runs_when_the_disk_of_its_template_is_filled_and_takes_it_along()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        const string machine = "/apis/kubevirt.io/v1/namespaces/a/virtualmachines/web";
        await cluster.ApplyAsync(machine,
            """
            {"spec":{"runStrategy":"Once","dataVolumeTemplates":[{"metadata":{"name":"d"},"spec":{"source":{"blank":{}},"storage":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}}],
             "template":{"spec":{"domain":{"memory":{"guest":"1Gi"},"devices":{"disks":[{"name":"root","disk":{"bus":"virtio"}}],"interfaces":[{"name":"pod","masquerade":{}}]}},
              "networks":[{"name":"pod","pod":{}}],"volumes":[{"name":"root","dataVolume":{"name":"d"}}]}}}}
            """);
        await cluster.EventuallyAsync(machine, a => a.Text("status", "printableStatus") == "Running");
        var disk = (await cluster.GetAsync(Claims + "/d")).Text("metadata", "uid");
        const string instance = "/apis/kubevirt.io/v1/namespaces/a/virtualmachineinstances/web";
        var before = (await cluster.GetAsync(instance)).Text("metadata", "uid");
        await cluster.SendAsync("DELETE", instance);
        await cluster.EventuallyAsync(instance, a => a.Code == 200 && a.Text("metadata", "uid") != before && a.Text("status", "phase") == "Running");
        (await cluster.GetAsync(Claims + "/d")).Text("metadata", "uid").ShouldBe(disk);
        await cluster.SendAsync("DELETE", machine);
        await cluster.EventuallyAsync(Claims + "/d", a => a.Code == 404);
    }

    [Fact]
    public async Task A_disk_of_a_class_that_waits_is_filled_when_a_machine_wants_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync("/apis/storage.k8s.io/v1/storageclasses", """{"metadata":{"name":"late"},"provisioner":"simulator.local/disks","volumeBindingMode":"WaitForFirstConsumer"}""");
        await cluster.PostAsync(Disks, """{"metadata":{"name":"d"},"spec":{"source":{"blank":{}},"storage":{"storageClassName":"late","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}}""");
        await cluster.EventuallyAsync(Disks + "/d", a => a.Text("status", "phase") == "WaitForFirstConsumer");
        const string machine = "/apis/kubevirt.io/v1/namespaces/a/virtualmachines/web";
        await cluster.ApplyAsync(machine,
            """
            {"spec":{"runStrategy":"Once","template":{"spec":{"domain":{"memory":{"guest":"1Gi"},"devices":{"disks":[{"name":"root","disk":{"bus":"virtio"}}],"interfaces":[{"name":"pod","masquerade":{}}]}},
              "networks":[{"name":"pod","pod":{}}],"volumes":[{"name":"root","dataVolume":{"name":"d"}}]}}}}
            """);
        await cluster.EventuallyAsync(machine, a => a.Text("status", "printableStatus") == "Running");
        (await cluster.GetAsync(Disks + "/d")).Text("status", "phase").ShouldBe("Succeeded");
    }

    [Fact]
    public async Task A_claim_in_use_stays_until_nobody_uses_it_and_one_of_an_unknown_class_waits()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync(Claims, """{"metadata":{"name":"c"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");
        await cluster.PostAsync(Claims, """{"metadata":{"name":"lost"},"spec":{"storageClassName":"none","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");
        await cluster.PostAsync("/api/v1/namespaces/a/pods", """{"metadata":{"name":"p"},"spec":{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"c"}}],"containers":[{"name":"c","image":"i:1"}]}}""");
        await cluster.EventuallyAsync("/api/v1/namespaces/a/pods/p", a => a.Text("status", "phase") == "Running");
        await cluster.SendAsync("DELETE", Claims + "/c");
        (await cluster.GetAsync(Claims + "/c")).Text("metadata", "deletionTimestamp").ShouldNotBeNull();
        await cluster.SendAsync("DELETE", "/api/v1/namespaces/a/pods/p");
        await cluster.EventuallyAsync(Claims + "/c", a => a.Code == 404);
        (await cluster.GetAsync(Claims + "/lost")).Text("status", "phase").ShouldBe("Pending");
        await cluster.EventuallyAsync("/api/v1/namespaces/a/events", a => a.Body.Contains("storageclass.storage.k8s.io \\\"none\\\" not found", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_without_access_modes_is_refused_where_its_storage_is_unknown_to_CDI()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync(Disks, """{"metadata":{"name":"d"},"spec":{"source":{"upload":{}},"storage":{"resources":{"requests":{"storage":"1Gi"}}}}}""");

        var refused = await cluster.EventuallyAsync(Disks + "/d", a => a.Body.Contains("ErrClaimNotValid", StringComparison.Ordinal));

        refused.Body.ShouldContain("no accessMode specified in StorageProfile standard");
        refused.Text("status", "phase").ShouldBeNullOrEmpty();
        (await cluster.GetAsync(Claims + "/d")).Code.ShouldBe(404);
    }

    [Theory]
    [InlineData("rbd.csi.ceph.com", null, "ReadWriteMany", "Block")]
    [InlineData("rbd.csi.ceph.com", "ReadWriteOnce", "ReadWriteOnce", "Block")]
    [InlineData("nfs.csi.k8s.io", null, "ReadWriteMany", "Filesystem")]
    [InlineData("rancher.io/local-path", "ReadWriteOnce", "ReadWriteOnce", "Filesystem")]
    public async Task A_disk_gets_what_its_storage_is_known_for_where_it_does_not_say(string provisioner, string? asked, string accessMode, string volumeMode)
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync("/apis/storage.k8s.io/v1/storageclasses", $$"""{"metadata":{"name":"other"},"provisioner":"{{provisioner}}","volumeBindingMode":"Immediate"}""");
        var modes = asked is null ? "" : $"\"accessModes\":[\"{asked}\"],";
        await cluster.PostAsync(
            Disks, $$$$$$"""{"metadata":{"name":"d"},"spec":{"source":{"upload":{}},"storage":{{{{{{{modes}}}}}}"storageClassName":"other","resources":{"requests":{"storage":"1Gi"}}}}}""");

        var claim = await cluster.EventuallyAsync(Claims + "/d", a => a.Code == 200);

        claim.Json["spec"]!["accessModes"]!.ToJsonString().ShouldBe($"[\"{accessMode}\"]");
        claim.Text("spec", "volumeMode").ShouldBe(volumeMode);
    }

    [Fact]
    public async Task A_disk_is_copied_from_another_namespace_when_policies_let_it_in()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.AdminAsync("PUT", "settings", """{"policyMilliseconds":0}""");
        foreach (var name in (string[])["a", "b", "open"])
        {
            await cluster.NamespaceAsync(name);
        }

        await cluster.PostAsync("/api/v1/namespaces/b/persistentvolumeclaims", """{"metadata":{"name":"original"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");
        const string policies = "/apis/networking.k8s.io/v1/namespaces/a/networkpolicies";
        await cluster.PostAsync(policies, """{"metadata":{"name":"closed"},"spec":{"podSelector":{},"policyTypes":["Ingress"]}}""");
        const string copy = """{"metadata":{"name":"d"},"spec":{"source":{"pvc":{"namespace":"b","name":"original"}},"storage":{"accessModes":["ReadWriteOnce"]}}}""";
        await cluster.PostAsync(Disks, copy);
        await cluster.EventuallyAsync("/api/v1/namespaces/b/pods", a => a.Json["items"]!.AsArray().Any(p => p.Text("status", "phase") == "Running"));

        // As long as one takes that nothing is in the way of.
        await cluster.PostAsync("/apis/cdi.kubevirt.io/v1beta1/namespaces/open/datavolumes", copy);
        await cluster.EventuallyAsync("/apis/cdi.kubevirt.io/v1beta1/namespaces/open/datavolumes/d", a => a.Text("status", "phase") == "Succeeded");
        (await cluster.GetAsync(Disks + "/d")).Text("status", "phase").ShouldBe("CloneScheduled");
        await cluster.PostAsync(policies,
            """
            {"metadata":{"name":"copies"},"spec":{"podSelector":{"matchLabels":{"cdi.kubevirt.io":"cdi-upload-server"}},"policyTypes":["Ingress"],"ingress":[{"from":[
             {"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"b"}},"podSelector":{"matchLabels":{"cdi.kubevirt.io":"cdi-clone-source"}}}],"ports":[{"protocol":"TCP","port":8443}]}]}}
            """);

        await cluster.EventuallyAsync(Disks + "/d", a => a.Text("status", "phase") == "Succeeded");
        foreach (var name in (string[])["a", "b"])
        {
            await cluster.EventuallyAsync($"/api/v1/namespaces/{name}/pods", a => a.Json["items"]!.AsArray().Count == 0);
        }
    }

    private static string Disk(string url) =>
        $$$$$$"""{"metadata":{"name":"d"},"spec":{"source":{"registry":{"url":"{{{{{{url}}}}}}"}},"storage":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}}""";
}
