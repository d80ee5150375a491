using System.Collections.Concurrent;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Streams;
using LabOrchestrator.Kubernetes.Tests.Api.Streams;
using LabOrchestrator.Runtimes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Kubernetes.Tests.Api.Configuration;

/// <summary>From the kubeconfig to the wire, over TLS.</summary>
public sealed class ClusterAccessTests : IDisposable
{
    private const string Pod = """{"metadata":{"name":"web","namespace":"n"}}""";

    private readonly ConfigFolder _folder = new();
    private readonly TestAuthority _authority = new();
    private readonly ListLogger _log = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_a_server_of_our_authority_also_for_streams()
    {
        var names = new ConcurrentBag<string?>();
        await using var server = await StartAsync(
            async c =>
            {
                names.Add((await c.Connection.GetClientCertificateAsync(Now))?.Subject + " " + c.Request.Protocol);
                await (c.WebSockets.IsWebSocketRequest
                    ? ExecServer.Speaking(ExecSession.V5, async pod =>
                    {
                        await pod.ExitAsync(0);
                        await pod.CloseAsync();
                    })(c)
                    : c.JsonAsync(Pod));
            },
            ["127.0.0.1"],
            h =>
            {
                h.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                h.AllowAnyClientCertificate();
            });
        var (certificate, key) = _authority.Issue("lab-orchestrator");
        Config(server, $"certificate-authority-data: {ConfigFolder.Base64(_authority.Pem)}",
            $"client-certificate-data: {ConfigFolder.Base64(certificate)}, client-key-data: {ConfigFolder.Base64(key)}");
        using var client = Client();

        (await client.GetAsync(Kinds.Pod, "n", "web", Now)).Name.ShouldBe("web");
        (await client.RunAsync("n", "web", "machine", ["true"], default, 1, Now)).ExitCode.ShouldBe(0);

        names.Order().ShouldBe(["CN=lab-orchestrator HTTP/1.1", "CN=lab-orchestrator HTTP/2"]);
    }

    [Fact]
    public async Task A_server_of_another_authority_is_not_trusted_and_the_mended_kubeconfig_is_read_again()
    {
        await using var server = await StartAsync(c => c.JsonAsync(Pod), ["127.0.0.1"]);
        using var stranger = new TestAuthority();
        _folder.Write("ca.crt", stranger.Pem);
        Config(server, "certificate-authority: ca.crt", "token: secret-token");
        using var client = Client();

        var error = await Should.ThrowAsync<RuntimeUnavailableException>(() => client.GetAsync(Kinds.Pod, "n", "web", Now));
        error.Message.ShouldContain("do not trust each other");
        error.Message.ShouldContain("context lab");
        _folder.Write("ca.crt", _authority.Pem);
        (await client.GetAsync(Kinds.Pod, "n", "web", Now)).Name.ShouldBe("web");
        server.Requests.Single().Headers["Authorization"].ShouldBe("Bearer secret-token");
    }

    [Fact]
    public async Task The_name_in_the_servers_certificate_may_be_another_than_the_address()
    {
        await using var server = await StartAsync(c => c.JsonAsync(Pod), ["kubernetes.default"]);
        _folder.Write("ca.crt", _authority.Pem);
        Config(server, "certificate-authority: ca.crt", "token: secret-token");
        using var wrong = Client();
        await Should.ThrowAsync<RuntimeUnavailableException>(() => wrong.GetAsync(Kinds.Pod, "n", "web", Now));

        Config(server, "certificate-authority: ca.crt, tls-server-name: kubernetes.default", "token: secret-token");
        using var right = Client();
        (await right.GetAsync(Kinds.Pod, "n", "web", Now)).Name.ShouldBe("web");
    }

    [Fact]
    public async Task A_token_that_was_renewed_in_its_file_is_used_at_once_when_the_old_one_is_refused()
    {
        var valid = "secret-token-1";
        await using var server = await StartAsync(
            c => c.Request.Headers.Authorization == $"Bearer {Volatile.Read(ref valid)}" ? c.JsonAsync(Pod) : c.StatusAsync(401, "Unauthorized", "Unauthorized"), ["127.0.0.1"]);
        _folder.Write("ca.crt", _authority.Pem);
        var token = _folder.Write("token", valid);
        Config(server, "certificate-authority: ca.crt", "tokenFile: token");
        using var client = Client();
        await client.GetAsync(Kinds.Pod, "n", "web", Now);

        Volatile.Write(ref valid, "secret-token-2");
        await File.WriteAllTextAsync(token, "secret-token-2", Now);
        await client.GetAsync(Kinds.Pod, "n", "web", Now);
        Volatile.Write(ref valid, "secret-token-3");
        await Should.ThrowAsync<NotAuthenticatedException>(() => client.GetAsync(Kinds.Pod, "n", "web", Now));

        server.Requests.Count.ShouldBe(5);
    }

    [Fact]
    public async Task An_exec_plugin_is_asked_once_until_its_token_expires_or_is_refused()
    {
        var refuse = false;
        await using var server = await StartAsync(
            c => Volatile.Read(ref refuse) && c.Request.Headers.Authorization != "Bearer secret-token-2" ? c.StatusAsync(401, "Unauthorized", "no") : c.JsonAsync(Pod), ["127.0.0.1"]);
        _folder.Write("ca.crt", _authority.Pem);
        _folder.Write("plugin.sh", """
            #!/bin/sh
            cd "$(dirname "$0")" && echo x >>calls && printf '%s' "$KUBERNETES_EXEC_INFO" >info && printf '%s' "$PLUGIN_SETTING $*" >settings
            echo "{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"secret-token-$(wc -l <calls)\",\"expirationTimestamp\":\"2026-11-01T09:00:00Z\"}}"
            """, executable: true);
        Config(server, "certificate-authority: ca.crt",
            "exec: {command: ./plugin.sh, args: [a, b c], env: [{name: PLUGIN_SETTING, value: set}], apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, provideClusterInfo: true}");
        var time = new Conformance.ManualTimeProvider();
        using var client = Client(time);

        await client.GetAsync(Kinds.Pod, "n", "web", Now);
        await client.GetAsync(Kinds.Pod, "n", "web", Now);
        _folder.Read("calls").ShouldBe("x\n");
        _folder.Read("settings").ShouldBe("set a b c");
        _folder.Read("info").ShouldContain($"\"server\":\"{server.Address.ToString().TrimEnd('/')}\"");
        Volatile.Write(ref refuse, true);
        await client.GetAsync(Kinds.Pod, "n", "web", Now);
        _folder.Read("calls").ShouldBe("x\nx\n");
        Volatile.Write(ref refuse, false);
        time.Advance(TimeSpan.FromMinutes(59.9));
        await client.GetAsync(Kinds.Pod, "n", "web", Now);
        _folder.Read("calls").ShouldBe("x\nx\nx\n");

        _log.Lines.ShouldNotBeEmpty();
        _log.Lines.ShouldAllBe(line => !line.Contains("secret-token"));
    }

    [Theory]
    [InlineData("exit 3", "ended with status 3")]
    [InlineData("echo secret-token", "answered what is no JSON object")]
    [InlineData("echo '{}'", "answered neither status.token nor")]
    public async Task A_plugin_that_fails_is_named_without_what_it_answered(string script, string words)
    {
        await using var server = await StartAsync(c => c.JsonAsync(Pod), ["127.0.0.1"]);
        _folder.Write("plugin.sh", $"#!/bin/sh\n{script}\n", executable: true);
        Config(server, "insecure-skip-tls-verify: true", "exec: {command: ./plugin.sh, apiVersion: client.authentication.k8s.io/v1beta1}");
        using var client = Client();

        var error = await Should.ThrowAsync<RuntimeUnavailableException>(() => client.GetAsync(Kinds.Pod, "n", "web", Now));

        error.Message.ShouldContain(words);
        error.ToString().ShouldNotContain("secret-token");
    }

    [Fact]
    public async Task Requests_go_through_the_proxy_that_the_cluster_names()
    {
        await using var proxy = await WireServer.StartAsync(c => c.JsonAsync(Pod));
        var file = _folder.Write("config", $$$"""
            {current-context: lab, contexts: [{name: lab, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "http://cluster.invalid:8080", proxy-url: "{{{proxy.Address}}}"}}]}
            """);
        using var client = new KubernetesClient(() => Kubeconfig.Read([file], null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System, _log);

        (await client.GetAsync(Kinds.Pod, "n", "web", Now)).Name.ShouldBe("web");

        proxy.Requests.Single().Headers["Host"].ShouldBe("cluster.invalid:8080");
    }

    [Fact]
    public async Task A_server_that_is_away_and_a_kubeconfig_that_is_missing_are_both_unavailable_and_mended_later()
    {
        using var client = Client();
        (await Should.ThrowAsync<RuntimeUnavailableException>(() => client.GetAsync(Kinds.Pod, "n", "web", Now))).Message.ShouldContain("There is no kubeconfig at");

        await using var server = await StartAsync(c => c.JsonAsync(Pod), ["127.0.0.1"]);
        _folder.Write("config", """
            {current-context: lab, contexts: [{name: lab, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]}
            """);
        (await Should.ThrowAsync<RuntimeUnavailableException>(() => client.GetAsync(Kinds.Pod, "n", "web", Now))).Message.ShouldContain("Connection refused");

        Config(server, "insecure-skip-tls-verify: true", "token: secret-token");
        (await client.GetAsync(Kinds.Pod, "n", "web", Now)).Name.ShouldBe("web");
        _log.Lines.ShouldAllBe(line => !line.Contains("secret-token"));
    }

    private Task<WireServer> StartAsync(RequestDelegate answer, string[] hosts, Action<HttpsConnectionAdapterOptions>? https = null) =>
        WireServer.StartAsync(answer, listen => listen.UseHttps(options =>
        {
            options.ServerCertificate = _authority.IssueServer(hosts);
            https?.Invoke(options);
        }));

    private void Config(WireServer server, string cluster, string user) => _folder.Write("config", $$$"""
        current-context: lab
        contexts: [{name: lab, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: "{{{server.Address.ToString().TrimEnd('/')}}}", {{{cluster}}} }}]
        users: [{name: u, user: { {{{user}}} }}]
        """);

    private KubernetesClient Client(TimeProvider? time = null) => new(
        () => Kubeconfig.Read([_folder.At("config")], null, time ?? TimeProvider.System), new KubernetesClientOptions(), time ?? TimeProvider.System, _log);

    private sealed class ListLogger : ILogger<KubernetesClient>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);
    }
}
