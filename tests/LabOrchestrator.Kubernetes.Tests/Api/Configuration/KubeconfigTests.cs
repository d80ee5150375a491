using LabOrchestrator.Kubernetes.Api.Configuration;

namespace LabOrchestrator.Kubernetes.Tests.Api.Configuration;

public sealed class KubeconfigTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_file_that_defines_a_name_wins_as_a_whole_and_missing_files_are_passed_over()
    {
        var first = _folder.Write("a/config", """
            current-context: lab
            clusters: [{name: one, cluster: {server: "https://one:6443/base", tls-server-name: kubernetes, proxy-url: "socks5://proxy:1080"}}]
            contexts: [{name: lab, context: {cluster: one, user: me, namespace: labs}}]
            """);
        var second = _folder.Write("b/config", """
            current-context: other
            clusters: [{name: one, cluster: {server: "https://two", insecure-skip-tls-verify: true}}]
            users:
            - name: me
              user: {token: ignored, tokenFile: secret/token, as: somebody, as-groups: [g], as-uid: "7", as-user-extra: {scope: [all]}}
            contexts: [{name: other, context: {cluster: one}}]
            """);
        _folder.Write("b/secret/token", "from the file\n");

        var found = Kubeconfig.Read([_folder.At("none"), first, second], null, TimeProvider.System);

        found.Server.ShouldBe(new Uri("https://one:6443/base"));
        found.TlsServerName.ShouldBe("kubernetes");
        found.SkipTlsVerification.ShouldBeFalse();
        found.Proxy.ShouldBe(new Uri("socks5://proxy:1080"));
        found.Namespace.ShouldBe("labs");
        found.Impersonation!.Headers().ShouldBe(
            [("Impersonate-User", "somebody"), ("Impersonate-Uid", "7"), ("Impersonate-Group", "g"), ("Impersonate-Extra-scope", "all")]);
        var credentials = await found.Credentials.GetAsync(TestContext.Current.CancellationToken);
        credentials.Authorization!.ToString().ShouldBe("Bearer from the file");
        credentials.ToString()!.ShouldNotContain("file");
    }

    [Theory]
    [InlineData("clusters: []", "has no current-context")]
    [InlineData("{current-context: x, contexts: [{name: y, context: {cluster: c}}]}", "has no context \"x\". It has: y.")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c}}]}", "has no cluster \"c\". It has: none.")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c}}], clusters: [{name: c, cluster: {server: nowhere}}]}", "is no http or https address")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c}}], clusters: [{name: c, cluster: {server: 'https://a', certificate-authority-data: '!'}}]}", "certificate-authority of \"c\" cannot be read")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c}}], clusters: [{name: c, cluster: {server: 'https://a', certificate-authority-data: aGVsbG8=}}]}", "holds no certificate")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: 'https://a'}}], users: [{name: u, user: {client-certificate-data: eA==}}]}", "only one of client-certificate and client-key")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: 'https://a'}}], users: [{name: u, user: {as: a, as-groups: [b, c]}}]}", "several groups")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: 'https://a'}}], users: [{name: u, user: {exec: {command: a, apiVersion: client.authentication.k8s.io/v1}}}]}", "has no interactiveMode")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: 'https://a'}}], users: [{name: u, user: {auth-provider: {name: gcp}}}]}", "auth-provider")]
    [InlineData("a: [", "cannot be read")]
    public void What_is_wrong_is_named(string yaml, string words)
    {
        var file = _folder.Write("config", yaml);

        Should.Throw<ClusterConfigurationException>(() => Kubeconfig.Read([file], null, TimeProvider.System)).Message.ShouldContain(words);
    }

    [Fact]
    public void Without_any_file_the_remedy_is_named()
    {
        Should.Throw<ClusterConfigurationException>(() => ClusterConfigurations.Find(null, null, TimeProvider.System, n => n == "HOME" ? _folder.At("home") : null))
            .Message.ShouldContain("There is no kubeconfig at");
    }

    [Fact]
    public async Task A_pod_uses_its_own_service_account_unless_a_kubeconfig_is_named()
    {
        using var authority = new TestAuthority();
        _folder.Write("account/ca.crt", authority.Pem);
        _folder.Write("account/token", "one");
        _folder.Write("account/namespace", "lab-orchestrator");
        string? Environment(string name) => name switch { "KUBERNETES_SERVICE_HOST" => "fd00::1", "KUBERNETES_SERVICE_PORT" => "443", _ => null };
        var time = new Conformance.ManualTimeProvider();

        var found = InClusterConfiguration.Read(Environment, _folder.At("account"), time);

        found.Server.ShouldBe(new Uri("https://[fd00::1]/"));
        found.Namespace.ShouldBe("lab-orchestrator");
        found.Authorities!.Count.ShouldBe(1);
        (await TokenAsync(found)).ShouldBe("one");
        _folder.Write("account/token", "two");
        (await TokenAsync(found)).ShouldBe("one");
        time.Advance(TimeSpan.FromSeconds(61));
        (await TokenAsync(found)).ShouldBe("two");
    }

    private static async Task<string?> TokenAsync(ClusterConfiguration configuration) =>
        (await configuration.Credentials.GetAsync(TestContext.Current.CancellationToken)).Authorization!.Parameter;
}
