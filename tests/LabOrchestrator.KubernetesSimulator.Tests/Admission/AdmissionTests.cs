namespace LabOrchestrator.KubernetesSimulator.Tests.Admission;

public sealed class AdmissionTests
{
    private const string Pods = "/api/v1/namespaces/a/pods";
    private const string Machines = "/apis/kubevirt.io/v1/namespaces/a/virtualmachines";
    private const string Restricted =
        """
        {"metadata":{"name":"p"},"spec":{"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
         "containers":[{"name":"c","image":"i:1","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]}}
        """;

    [Theory]
    [InlineData("baseline", """{"hostNetwork":true}""", "host namespaces (hostNetwork=true)")]
    [InlineData("baseline", """{"volumes":[{"name":"v","hostPath":{"path":"/"}}]}""", "hostPath volumes (volume \"v\")")]
    [InlineData("baseline", """{"securityContext":{"sysctls":[{"name":"kernel.msgmax","value":"1"}]}}""", "forbidden sysctls (kernel.msgmax)")]
    [InlineData("baseline", """{"containers":[{"name":"c","image":"i:1","securityContext":{"capabilities":{"add":["NET_ADMIN"]}}}]}""", "non-default capabilities (container \"c\" must not include \"NET_ADMIN\"")]
    [InlineData("baseline", """{"containers":[{"name":"c","image":"i:1","securityContext":{"privileged":true}}]}""", "privileged (container \"c\" must not set securityContext.privileged=true)")]
    [InlineData("restricted", "{}", "runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true)")]
    public async Task A_pod_that_breaks_the_level_of_its_namespace_is_refused_with_what_it_breaks(string level, string spec, string words)
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a", $$"""{"pod-security.kubernetes.io/enforce":"{{level}}"}""");
        var pod = System.Text.Json.Nodes.JsonNode.Parse($$"""{"metadata":{"name":"p"},"spec":{{spec}}}""")!;
        pod["spec"]!["containers"] ??= System.Text.Json.Nodes.JsonNode.Parse("""[{"name":"c","image":"i:1"}]""");
        var refused = await cluster.PostAsync(Pods, pod.ToJsonString());
        refused.Code.ShouldBe(403);
        refused.Text("message")!.ShouldStartWith($"pods \"p\" is forbidden: violates PodSecurity \"{level}:latest\": ");
        refused.Text("message")!.ShouldContain(words);
    }

    [Fact]
    public async Task A_hardened_pod_passes_the_strictest_level_and_a_lax_one_is_warned_of()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a", """{"pod-security.kubernetes.io/enforce":"restricted"}""");
        (await cluster.PostAsync(Pods, Restricted)).Code.ShouldBe(201);
        await cluster.NamespaceAsync("b", """{"pod-security.kubernetes.io/warn":"restricted"}""");
        var warned = await cluster.PostAsync("/api/v1/namespaces/b/pods", """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i:1"}]}}""");
        (warned.Code, warned.Headers.Warning.Single().Text.Contains("would violate PodSecurity", StringComparison.Ordinal)).ShouldBe((201, true));
    }

    [Fact]
    public async Task A_quota_refuses_what_is_too_much_and_what_does_not_say_how_much()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync("/api/v1/namespaces/a/resourcequotas", """{"metadata":{"name":"q"},"spec":{"hard":{"requests.memory":"100Mi","pods":"5","services.nodeports":"0"}}}""");
        (await cluster.PostAsync(Pods, Pod("silent", null))).Text("message").ShouldBe("pods \"silent\" is forbidden: failed quota: q: must specify requests.memory for: c");
        (await cluster.PostAsync(Pods, Pod("one", "60Mi"))).Code.ShouldBe(201);
        var refused = await cluster.PostAsync(Pods, Pod("two", "60Mi"));
        (refused.Code, refused.Text("message")).ShouldBe(
            (403, "pods \"two\" is forbidden: exceeded quota: q, requested: requests.memory=60Mi, used: requests.memory=60Mi, limited: requests.memory=100Mi"));
        var service = await cluster.PostAsync("/api/v1/namespaces/a/services", """{"metadata":{"name":"s"},"spec":{"type":"NodePort","ports":[{"port":80}]}}""");
        service.Text("message")!.ShouldContain("exceeded quota: q, requested: services.nodeports=1");
    }

    [Fact]
    public async Task A_limit_range_says_for_a_pod_what_it_does_not_say_itself_and_bounds_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync("/api/v1/namespaces/a/limitranges",
            """{"metadata":{"name":"l"},"spec":{"limits":[{"type":"Container","default":{"memory":"64Mi"},"defaultRequest":{"memory":"32Mi"},"max":{"memory":"1Gi"}}]}}""");
        var filled = await cluster.PostAsync(Pods, Pod("p", null));
        filled.Json["spec"]!["containers"]![0]!["resources"]!.ToJsonString().ShouldBe("""{"limits":{"memory":"64Mi"},"requests":{"memory":"32Mi"}}""");
        (await cluster.PostAsync(Pods, Pod("big", "2Gi", "2Gi"))).Text("message")!.ShouldContain("maximum memory usage per Container is 1Gi, but limit is 2Gi");
    }

    [Fact]
    public async Task Nobody_gives_away_rights_that_they_lack()
    {
        await using var cluster = await TestCluster.StartAsync(new SimulatorOptions { Token = "admin-token" });
        await cluster.NamespaceAsync("a");
        await cluster.AdminAsync("POST", "tokens", """{"token":"limited","user":"lab"}""");
        const string rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/a/";
        await cluster.PostAsync(rbac + "roles", """{"metadata":{"name":"r"},"rules":[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create"]},{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}""");
        await cluster.PostAsync(rbac + "rolebindings", """{"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"lab","apiGroup":"rbac.authorization.k8s.io"}]}""");
        var refused = await Create("more", "secrets");
        (refused.Code, refused.Text("message")!.Contains("is attempting to grant RBAC permissions not currently held", StringComparison.Ordinal)).ShouldBe((403, true));
        (await Create("same", "pods")).Code.ShouldBe(201);

        Task<Answer> Create(string name, string resource) => cluster.SendAsync("POST", rbac + "roles",
            $$$"""{"metadata":{"name":"{{{name}}}"},"rules":[{"apiGroups":[""],"resources":["{{{resource}}}"],"verbs":["get"]}]}""", "application/json", ("Authorization", "Bearer limited"));
    }

    [Theory]
    [InlineData("""{"runStrategy":"Manual","running":true}""", "Running and RunStrategy are mutually exclusive")]
    [InlineData("{}", "One of Running or RunStrategy must be specified")]
    [InlineData("""{"runStrategy":"Sometimes"}""", "Invalid RunStrategy (Sometimes)")]
    [InlineData("""{"runStrategy":"Manual","template":{"spec":{"domain":{"devices":{}}}}}""", "no memory requested")]
    [InlineData("""{"runStrategy":"Manual","template":{"spec":{"domain":{"memory":{"guest":"1Gi"},"devices":{"interfaces":[{"name":"n"}]}},"networks":[{"name":"n","pod":{}}]}}}""", "must have exactly one binding")]
    [InlineData("""{"runStrategy":"Manual","template":{"spec":{"domain":{"memory":{"guest":"1Gi"},"devices":{"interfaces":[{"name":"n","masquerade":{}}]}},"networks":[{"name":"n","multus":{"networkName":"x"}}]}}}""", "Masquerade interface only implemented with pod network")]
    [InlineData("""{"runStrategy":"Manual","template":{"spec":{"domain":{"memory":{"guest":"1Gi"},"devices":{"disks":[{"name":"d","disk":{}}]}}}}}""", ".disks[].Name 'd' not found")]
    public async Task What_KubeVirt_refuses_is_refused_in_its_words(string spec, string words)
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        var machine = System.Text.Json.Nodes.JsonNode.Parse($$"""{"metadata":{"name":"v"},"spec":{{spec}}}""")!;
        machine["spec"]!["template"] ??= System.Text.Json.Nodes.JsonNode.Parse("""{"spec":{"domain":{"memory":{"guest":"1Gi"},"devices":{}}}}""");
        var refused = await cluster.PostAsync(Machines, machine.ToJsonString());
        (refused.Code, refused.Text("message")!.StartsWith("admission webhook \"virtualmachine-validator.kubevirt.io\" denied the request: ", StringComparison.Ordinal)).ShouldBe((422, true));
        refused.Text("message")!.ShouldContain(words);
    }

    [Theory]
    [InlineData("{}", """{"cores":2}""", "0 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets")]
    [InlineData("{}", """{"sockets":2}""", null)]
    [InlineData("{}", null, "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets")]
    [InlineData("""{"preferredCPUTopology":"cores"}""", """{"sockets":2,"cores":1,"threads":1}""", "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as cores")]
    [InlineData("""{"preferredCPUTopology":"preferThreads"}""", """{"cores":2}""", "0 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as threads")]
    [InlineData("""{"preferredCPUTopology":"any"}""", """{"cores":2}""", "0 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as cores, sockets and threads")]
    [InlineData("""{"preferredCPUTopology":"spread"}""", """{"sockets":1,"cores":2}""", null)]
    [InlineData("""{"preferredCPUTopology":"spread","spreadOptions":{"across":"CoresThreads"}}""", """{"sockets":2,"cores":1,"threads":1}""", "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as CoresThreads")]
    public async Task A_preferences_demand_is_counted_in_what_it_prefers(string preferred, string? cpu, string? words)
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync("/apis/instancetype.kubevirt.io/v1beta1/namespaces/a/virtualmachinepreferences",
            $$$"""{"metadata":{"name":"two"},"spec":{"cpu":{{{preferred}}},"requirements":{"cpu":{"guest":2} } } }""");
        var answer = await cluster.PostAsync(Machines,
            $$$"""
            {"metadata":{"name":"v"},"spec":{"runStrategy":"Halted","preference":{"kind":"VirtualMachinePreference","name":"two"},
             "template":{"spec":{"domain":{"memory":{"guest":"1Gi"},"devices":{}{{{(cpu is null ? "" : ",\"cpu\":" + cpu)}}} } } } } }
            """);
        answer.Code.ShouldBe(words is null ? 201 : 422, answer.Body);
        (answer.Text("message") ?? "").ShouldEndWith(words is null ? "" : "failure checking preference requirements: insufficient CPU resources of " + words);
    }

    [Fact]
    public async Task A_preferences_demand_of_memory_is_held_against_the_machine_and_its_instancetype()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        (await MachineAsync("own", "", """{"cpu":{"sockets":2},"memory":{"guest":"2Gi"},"devices":{}}""")).Text("message")!
            .ShouldContain("insufficient Memory resources of 2Gi provided by VirtualMachine, preference requires 4Gi");
        (await MachineAsync("typed", "u1.small", """{"devices":{}}""")).Text("message")!
            .ShouldContain("insufficient CPU resources of 1 vCPU provided by instance type, preference requires 2 vCPU");

        Task<Answer> MachineAsync(string name, string type, string domain) => cluster.PostAsync(Machines,
            $$$"""
            {"metadata":{"name":"{{{name}}}"},"spec":{"runStrategy":"Halted","preference":{"name":"windows.11"},
             "instancetype":{{{(type.Length == 0 ? "null" : $"{{\"name\":\"{type}\"}}")}}},"template":{"spec":{"domain":{{{domain}}} } } } }
            """);
    }

    [Theory]
    [InlineData(2048, 201)]
    [InlineData(2049, 422)]
    public async Task User_data_in_a_machine_has_at_most_2048_bytes(int bytes, int code)
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        var answer = await cluster.PostAsync(Machines,
            $$$"""
            {"metadata":{"name":"v"},"spec":{"runStrategy":"Halted","template":{"spec":{"domain":{"memory":{"guest":"1Gi"},"devices":{"disks":[{"name":"s","disk":{}}]}},
             "volumes":[{"name":"s","cloudInitNoCloud":{"userData":"{{{new string('x', bytes)}}}"} }]} } } }
            """);
        answer.Code.ShouldBe(code);
    }

    [Fact]
    public async Task A_running_pod_keeps_its_spec_and_loses_gates_only()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync(Pods, """{"metadata":{"name":"p"},"spec":{"schedulingGates":[{"name":"example.org/held"}],"containers":[{"name":"c","image":"i:1"}]}}""");
        await cluster.EventuallyAsync(Pods + "/p", a => a.Body.Contains("SchedulingGated", StringComparison.Ordinal));
        var changed = await Patch("""{"spec":{"hostname":"other"}}""");
        (changed.Code, changed.Text("message")!.Contains("pod updates may not change fields other than", StringComparison.Ordinal)).ShouldBe((422, true));
        (await Patch("""{"spec":{"schedulingGates":[{"name":"example.org/held"},{"name":"example.org/more"}]}}""")).Text("message")!.ShouldContain("only deletion is allowed");
        (await Patch("""{"spec":{"schedulingGates":null}}""")).Code.ShouldBe(200);
        await cluster.EventuallyAsync(Pods + "/p", a => a.Text("status", "phase") == "Running");

        Task<Answer> Patch(string body) => cluster.SendAsync("PATCH", Pods + "/p", body, "application/merge-patch+json");
    }

    [Fact]
    public async Task A_pod_of_a_scheduler_that_nobody_is_waits_for_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync(Pods, """{"metadata":{"name":"waits"},"spec":{"schedulerName":"nobody","containers":[{"name":"c","image":"i:1"}]}}""");
        await cluster.PostAsync(Pods, """{"metadata":{"name":"runs"},"spec":{"containers":[{"name":"c","image":"i:1"}]}}""");
        await cluster.EventuallyAsync(Pods + "/runs", a => a.Text("status", "phase") == "Running");
        (await cluster.SendAsync("GET", Pods + "/waits")).Text("status", "phase").ShouldBe("Pending");
    }

    private static string Pod(string name, string? request, string? limit = null)
    {
        var resources = (request is null ? "" : $"\"requests\":{{\"memory\":\"{request}\"}}") + (limit is null ? "" : $",\"limits\":{{\"memory\":\"{limit}\"}}");
        return $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"containers":[{"name":"c","image":"i:1","resources":{ {{{resources}}} } }]} }""";
    }
}
