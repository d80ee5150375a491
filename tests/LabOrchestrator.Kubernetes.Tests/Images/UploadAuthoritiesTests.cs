using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Images;
using LabOrchestrator.Kubernetes.Rights;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Images;

/// <summary>Uploads to CDI's own service, whose certificate is of an authority that CDI makes anew every day.</summary>
public sealed class UploadAuthoritiesTests : IAsyncLifetime
{
    private readonly Installation _installation = Installation.Create();
    private readonly string _disk = Path.GetTempFileName();
    private readonly string _file = Path.GetTempFileName();
    private readonly KubernetesRuntimeOptions _options = new();
    private SimulatedCluster _cluster = null!;
    private KubernetesClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await SimulatedCluster.StartAsync(new SimulatorOptions { Tls = true });
        _client = NewClient();
        await File.WriteAllBytesAsync(_disk, RandomNumberGenerator.GetBytes(1 << 20));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
        File.Delete(_disk);
        File.Delete(_file);
    }

    [Fact]
    public async Task Uploads_go_on_after_CDI_has_renewed_the_authority_of_its_proxy()
    {
        using var sink = Sink();
        await StoreAsync(sink, "first");

        _cluster.RenewUploadSigner();

        await StoreAsync(sink, "second");
        (await sink.ListAsync(Token)).Order().ShouldBe([Reference("first"), Reference("second")]);
    }

    [Fact]
    public async Task A_file_of_the_settings_is_read_for_each_upload_and_believed_alone()
    {
        _options.UploadProxyAuthority = _file;
        await File.WriteAllTextAsync(_file, await PublishedAsync(), Token);
        using var sink = Sink();
        await StoreAsync(sink, "first");

        _cluster.RenewUploadSigner();
        var stale = await Should.ThrowAsync<RuntimeUnavailableException>(() => StoreAsync(sink, "second"));
        await File.WriteAllTextAsync(_file, "", Token);
        var empty = await Should.ThrowAsync<RuntimeUnavailableException>(() => StoreAsync(sink, "second"));
        await File.WriteAllTextAsync(_file, await PublishedAsync(), Token);
        await StoreAsync(sink, "second");

        stale.Message.ShouldContain("Kubernetes__UploadProxyAuthority");
        empty.Message.ShouldContain($"\"{_file}\" holds no certificate. Mend that, or name another file in Kubernetes__UploadProxyAuthority.");
    }

    [Fact]
    public async Task Where_CDI_publishes_no_authority_nothing_is_sent_and_it_is_said_what_is_missing()
    {
        using var sink = Sink();
        await _client.DeleteAsync(Kinds.ConfigMap, "cdi", UploadAuthorities.Bundle, DeleteOptions.Default, Token);

        var trouble = await Should.ThrowAsync<RuntimeUnavailableException>(() => StoreAsync(sink, "first"));

        trouble.Message.ShouldContain("the cluster has no ConfigMap cdi/cdi-uploadproxy-signer-bundle with ca-bundle.crt.");
        (await sink.ListAsync(Token)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("https://cdi-uploadproxy.cdi.svc", null, "cdi")]
    [InlineData("https://cdi-uploadproxy.openshift-cnv.svc.cluster.local:443", null, "openshift-cnv")]
    [InlineData("https://cdi-uploadproxy.cdi.svc", "/etc/proxy.pem", null)]
    [InlineData("https://uploads.example.org", null, null)]
    [InlineData("http://127.0.0.1:8080", null, null)]
    public void What_CDI_publishes_is_asked_for_where_its_own_service_is_and_the_right_to_it_is_known_there(string proxy, string? file, string? @namespace)
    {
        var options = new KubernetesRuntimeOptions { UploadProxy = proxy, UploadProxyAuthority = file };

        UploadAuthorities.NamespaceOfBundle(options).ShouldBe(@namespace);
        RequiredRights.OfServer(options).Any(r => r.Name == UploadAuthorities.Bundle && r.Need == RightNeed.Disks && string.Join(' ', r.Verbs) == "get")
            .ShouldBe(@namespace is not null);
    }

    [Theory]
    [InlineData("", "holds no certificate.")]
    [InlineData("proxy", "holds no certificate.")]
    [InlineData("-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n", "is no certificate")]
    [InlineData(null, "cannot be read")]
    public async Task A_file_without_an_authority_is_refused_at_the_start_with_its_key_and_the_remedy(string? content, string why)
    {
        if (content is null)
        {
            File.Delete(_file);
        }
        else
        {
            await File.WriteAllTextAsync(_file, content, Token);
        }

        var mistake = new KubernetesRuntimeOptions { UploadProxyAuthority = _file }.Validate().ShouldHaveSingleItem();

        mistake.ShouldStartWith("Kubernetes__UploadProxyAuthority must be a file with the certificate authority of CDI's upload proxy as PEM: ");
        mistake.ShouldContain(why);
        mistake.ShouldContain("Leave it out where the proxy is CDI's own service");
    }

    [Fact]
    public async Task A_file_with_an_authority_is_taken()
    {
        await File.WriteAllTextAsync(_file, await PublishedAsync(), Token);

        new KubernetesRuntimeOptions { UploadProxyAuthority = _file }.Validate().ShouldBeEmpty();
    }

    private static string Reference(string name) => $"{ImageUpload.ReferencePrefix}{name}:1";

    private Task StoreAsync(DataVolumeSink sink, string name) => sink.StoreAsync(
        new DiskImage(_disk, DiskFormat.Qcow2, Reference(name), 1 << 20) { DiskBytes = 1 << 20 }, _ => Task.CompletedTask, Token);

    private async Task<string> PublishedAsync() =>
        (await _client.GetAsync(Kinds.ConfigMap, "cdi", UploadAuthorities.Bundle, Token)).Data["ca-bundle.crt"];

    private DataVolumeSink Sink()
    {
        var client = NewClient();
        return new DataVolumeSink(client, new UploadProxy(_options, client) { Dial = DialAsync }, _installation, _options);
    }

    // As the cluster's name server would lead to the service.
    private async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _cluster.Address.Port), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private KubernetesClient NewClient() => new(
        () => new ClusterConfiguration
        {
            Server = _cluster.Address,
            Origin = "the test",
            Authorities = Certificates.Authorities(_cluster.AuthorityPem, "the test"),
        },
        new KubernetesClientOptions { RequestsPerSecond = 0 },
        TimeProvider.System,
        NullLogger<KubernetesClient>.Instance);
}
