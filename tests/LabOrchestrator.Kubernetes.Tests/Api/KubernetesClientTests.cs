using System.Net;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Api;

public sealed class KubernetesClientTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pod_is_read_with_the_fields_we_use_and_nulls_do_no_harm()
    {
        await using var server = await WireServer.StartAsync(c => c.JsonAsync(
            """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"lab-1-2","uid":"u","resourceVersion":"7","labels":null,"managedFields":[{"x":1}],"creationTimestamp":"2026-11-01T08:00:00Z"},
             "spec":{"nodeName":"n1","containers":[]},
             "status":{"phase":"Running","podIP":"10.0.0.9","podIPs":[{"ip":"10.0.0.9"}],"conditions":null,
               "containerStatuses":[{"name":"machine","ready":true,"restartCount":2,"imageID":"sha256:1","state":{"waiting":{"reason":"ImagePullBackOff","message":"no"}},"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]}}
            """));
        using var client = server.Client();

        var pod = await client.GetAsync(Kinds.Pod, "lab-1-2", "web", Now);

        server.Requests.Single().ToString().ShouldBe("GET /api/v1/namespaces/lab-1-2/pods/web");
        pod.Metadata.Labels.ShouldBeEmpty();
        pod.Status.Conditions.ShouldBeEmpty();
        pod.Status.PodIp.ShouldBe("10.0.0.9");
        pod.Spec.NodeName.ShouldBe("n1");
        pod.Status.ContainerStatuses[0].State.Waiting!.Reason.ShouldBe("ImagePullBackOff");
        pod.Status.ContainerStatuses[0].LastState.Terminated!.ExitCode.ShouldBe(137);
        pod.Metadata.CreationTimestamp.ShouldBe(new DateTimeOffset(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task An_apply_sends_the_manifest_whole_with_our_name_and_names_the_owners_it_conflicts_with()
    {
        await using var server = await WireServer.StartAsync(c => c.StatusAsync(
            409, "Conflict", "Apply failed with 1 conflict",
            """{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"kubectl-edit\" using kubevirt.io/v1","field":".spec.runStrategy"}]}"""));
        using var client = server.Client();
        var manifest = Manifest.Of(Kinds.VirtualMachine, "lab-1-2", "web");
        manifest["spec"] = new JsonObject { ["runStrategy"] = "Manual", ["somethingNew"] = 1 };

        var conflict = await Should.ThrowAsync<ApplyConflictException>(() => client.ApplyAsync(Kinds.VirtualMachine, manifest, ApplyOptions.Default, Now));

        conflict.Conflicts.ShouldBe([new FieldConflict("kubectl-edit", ".spec.runStrategy")]);
        var sent = server.Requests.Single();
        sent.ToString().ShouldBe("PATCH /apis/kubevirt.io/v1/namespaces/lab-1-2/virtualmachines/web?fieldManager=lab-orchestrator&fieldValidation=Strict");
        sent.Headers["Content-Type"].ShouldBe("application/apply-patch+yaml");
        JsonNode.DeepEquals(JsonNode.Parse(sent.Body), manifest).ShouldBeTrue();
    }

    [Fact]
    public async Task An_apply_by_force_as_somebody_else_says_so()
    {
        await using var server = await WireServer.StartAsync(c => c.JsonAsync("""{"metadata":{"name":"a","namespace":"n"}}"""));
        using var client = server.Client();

        await client.As(Impersonation.ServiceAccount("n", "author")).ApplyAsync(
            (KubernetesKind)Kinds.ConfigMap, Manifest.Of(Kinds.ConfigMap, "n", "a"), new ApplyOptions { Force = true, DryRun = true, FieldManager = "author" }, Now);
        await client.GetAsync(Kinds.ConfigMap, "n", "a", Now);

        var requests = server.Requests.ToArray();
        requests[0].Query.ShouldBe("?fieldManager=author&force=true&fieldValidation=Strict&dryRun=All");
        requests[0].Headers["Impersonate-User"].ShouldBe("system:serviceaccount:n:author");
        requests[0].Headers.ShouldNotContainKey("Impersonate-Group");
        requests[1].Headers.ShouldNotContainKey("Impersonate-User");
    }

    [Fact]
    public async Task A_list_goes_through_all_its_pages_and_begins_again_when_they_expire()
    {
        var pages = 0;
        await using var server = await WireServer.StartAsync(c => Interlocked.Increment(ref pages) switch
        {
            1 or 3 => c.JsonAsync("""{"kind":"PodList","metadata":{"resourceVersion":"10","continue":"more"},"items":[{"metadata":{"name":"a","namespace":"n"}}]}"""),
            2 => c.StatusAsync(410, "Expired", "The provided continue parameter is too old"),
            _ => c.JsonAsync("""{"items":[{"metadata":{"name":"b","namespace":"n"}}],"metadata":{"resourceVersion":"10","continue":""}}"""),
        });
        using var client = server.Client();

        var list = await client.ListAsync(Kinds.Pod, new ObjectScope { LabelSelector = "lab-orchestrator/installation=1" }, Now);

        list.Items.Select(p => p.Name).ShouldBe(["a", "b"]);
        list.ResourceVersion.ShouldBe("10");
        server.Requests.Last().ToString().ShouldBe("GET /api/v1/pods?labelSelector=lab-orchestrator%2Finstallation%3D1&limit=500&continue=more");
    }

    [Fact]
    public async Task A_delete_carries_its_preconditions_and_says_whether_there_was_something()
    {
        var calls = 0;
        await using var server = await WireServer.StartAsync(c => Interlocked.Increment(ref calls) == 1
            ? c.JsonAsync("""{"kind":"Status","status":"Success"}""")
            : c.StatusAsync(404, "NotFound", "namespaces lab not found", """{"name":"lab","kind":"namespaces"}"""));
        using var client = server.Client();
        var options = new DeleteOptions { Propagation = Propagation.Foreground, GracePeriodSeconds = 0, Uid = "u", ResourceVersion = "4" };

        (await client.DeleteAsync(Kinds.Namespace, null, "lab", options, Now)).ShouldBeTrue();
        (await client.DeleteAsync(Kinds.Namespace, null, "lab", options, Now)).ShouldBeFalse();

        server.Requests.First().Body.ShouldBe(
            """{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Foreground","gracePeriodSeconds":0,"preconditions":{"uid":"u","resourceVersion":"4"}}""");
    }

    [Fact]
    public async Task A_missing_object_is_null_but_a_missing_kind_is_an_error()
    {
        await using var server = await WireServer.StartAsync(c => c.Request.Path.StartsWithSegments("/api")
            ? c.StatusAsync(404, "NotFound", "pods \\\"web\\\" not found", """{"name":"web","kind":"pods"}""")
            : TextAsync(c, 404, "404 page not found"));
        using var client = server.Client();

        (await client.FindAsync(Kinds.Pod, "n", "web", Now)).ShouldBeNull();
        var error = await Should.ThrowAsync<ObjectNotFoundException>(() => client.FindAsync(Kinds.VirtualMachine, "n", "web", Now));
        error.Message.ShouldBe("GET /apis/kubevirt.io/v1/namespaces/n/virtualmachines/web: 404 page not found");
        error.IsUnknownKind.ShouldBeTrue();
    }

    [Theory]
    [InlineData(401, "Unauthorized", typeof(NotAuthenticatedException))]
    [InlineData(403, "Forbidden", typeof(ForbiddenException))]
    [InlineData(409, "AlreadyExists", typeof(ObjectExistsException))]
    [InlineData(409, "Conflict", typeof(ObjectConflictException))]
    [InlineData(410, "Gone", typeof(StateExpiredException))]
    [InlineData(422, "Invalid", typeof(ManifestRefusedException))]
    [InlineData(429, "TooManyRequests", typeof(ThrottledException))]
    [InlineData(500, "InternalError", typeof(KubernetesException))]
    public async Task Each_refusal_is_an_exception_of_its_own_with_the_servers_words(int code, string reason, Type type)
    {
        await using var server = await WireServer.StartAsync(c => c.StatusAsync(code, reason, "the server's words"));
        using var client = server.Client();

        var error = await Should.ThrowAsync<KubernetesException>(() => client.GetAsync(Kinds.Pod, "n", "web", Now));

        error.ShouldBeOfType(type);
        error.Message.ShouldBe("GET /api/v1/namespaces/n/pods/web: the server's words");
        error.Reason.ShouldBe(reason);
        error.StatusCode.ShouldBe((HttpStatusCode)code);
    }

    [Fact]
    public async Task A_text_error_of_KubeVirt_keeps_its_words()
    {
        await using var server = await WireServer.StartAsync(c => TextAsync(c, 500, "VMI is not running\n"));
        using var client = server.Client();

        var error = await Should.ThrowAsync<KubernetesException>(() => client.GetKubeVirtAsync(Kinds.VirtualMachineInstance, "n", "web", "vnc/screenshot", Now));

        error.Message.ShouldBe("GET /apis/subresources.kubevirt.io/v1/namespaces/n/virtualmachineinstances/web/vnc/screenshot: VMI is not running");
    }

    [Fact]
    public async Task What_a_busy_server_asks_to_send_again_later_is_sent_again()
    {
        var calls = 0;
        await using var server = await WireServer.StartAsync(c =>
        {
            c.Response.Headers.RetryAfter = "1";
            return Interlocked.Increment(ref calls) < 3 ? c.StatusAsync(429, "TooManyRequests", "later") : c.JsonAsync("""{"metadata":{"name":"web"}}""");
        });
        var time = new Conformance.ManualTimeProvider();
        using var client = server.Client(time);

        var answer = client.GetAsync(Kinds.Pod, "n", "web", Now);
        await Eventually.HoldsAsync(() => Volatile.Read(ref calls) == 1);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Now);
        answer.IsCompleted.ShouldBeFalse();
        while (!answer.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(0.5));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Now);
        }

        (await answer).Name.ShouldBe("web");
        calls.ShouldBe(3);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_and_a_caller_who_goes_is_obeyed()
    {
        await using var server = await WireServer.StartAsync(c => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted));
        var time = new Conformance.ManualTimeProvider();
        using var client = server.Client(time, new KubernetesClientOptions { RequestTimeout = TimeSpan.FromSeconds(0.3) });

        var asking = client.GetAsync(Kinds.Pod, "n", "web", Now);
        await Eventually.HoldsAsync(() => server.Requests.Count == 1);
        time.Advance(TimeSpan.FromSeconds(0.3));
        (await Should.ThrowAsync<RuntimeUnavailableException>(asking))
            .Message.ShouldBe("The API server did not answer GET /api/v1/namespaces/n/pods/web within 0.3 s.");
        using var gone = new CancellationTokenSource();
        asking = client.GetAsync(Kinds.Pod, "n", "web", gone.Token);
        await Eventually.HoldsAsync(() => server.Requests.Count == 2);
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asking);
    }

    [Fact]
    public async Task Names_cannot_lead_out_of_their_place()
    {
        await using var server = await WireServer.StartAsync(c => c.JsonAsync("{}"));
        using var client = server.Client();

        await client.GetAsync(Kinds.Pod, "n", "a/../../b?x#y", Now);
        await Should.ThrowAsync<ArgumentException>(() => client.GetAsync(Kinds.Pod, "..", "a", Now));
        await Should.ThrowAsync<ArgumentException>(() => client.GetAsync(Kinds.Pod, "", "a", Now));

        server.Requests.Single().ToString().ShouldStartWith("GET /api/v1/namespaces/n/pods/a%2F..%2F..%2Fb");
    }

    [Fact]
    public void Every_kind_is_found_by_its_manifest()
    {
        foreach (var kind in Kinds.All)
        {
            Manifest.KindOf(Manifest.Of(kind, null, "x")).ShouldBeSameAs(kind);
        }
    }

    private static Task TextAsync(Microsoft.AspNetCore.Http.HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        return Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, text);
    }
}
