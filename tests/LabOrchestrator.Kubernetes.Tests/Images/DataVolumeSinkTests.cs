using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Images;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests.Manifests;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Images;

/// <summary>Uploaded disks on a simulated cluster, whose CDI takes them in.</summary>
public sealed class DataVolumeSinkTests : IAsyncLifetime
{
    private readonly Installation _installation = Installation.Create();
    private readonly string _path = Path.GetTempFileName();
    private readonly byte[] _disk = RandomNumberGenerator.GetBytes(3 << 20);
    private SimulatedCluster _cluster = null!;
    private KubernetesClient _client = null!;
    private KubernetesRuntimeOptions _options = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DiskImage Disk => new(_path, DiskFormat.Qcow2, "lab-orchestrator-upload/old-server:2", 1 << 30) { DiskBytes = 10_000_001 };

    public async ValueTask InitializeAsync()
    {
        _cluster = await SimulatedCluster.StartAsync();
        _client = NewClient();
        _options = new KubernetesRuntimeOptions { UploadProxy = _cluster.Address.ToString() };
        await File.WriteAllBytesAsync(_path, _disk);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
        File.Delete(_path);
    }

    [Fact]
    public async Task A_disk_is_sent_whole_to_CDI_and_a_machine_is_cloned_from_it()
    {
        using var sink = Sink();
        var states = new List<DiskImageProgress>();

        await sink.StoreAsync(Disk, Note, Cancellation);

        states.ShouldAllBe(s => s.State == ImageUploadState.Storing);
        states[^1].Percent.ShouldBe(100);
        var name = UploadedDisks.NameOf(Disk.Reference);
        var volume = await _client.GetRawAsync(Kinds.DataVolume, _options.ImagesNamespace, name, Cancellation);
        ((string?)volume["status"]!["phase"]).ShouldBe("Succeeded");
        ((string?)volume["spec"]!["storage"]!["resources"]!["requests"]!["storage"]).ShouldBe("10Mi", "whole MiB of what the guest sees");
        volume["spec"]!["storage"]!["accessModes"]!.ToJsonString().ShouldBe("""["ReadWriteOnce"]""", "CDI knows none of the storage of kind and k3s");
        var claim = await _client.GetRawAsync(Kinds.PersistentVolumeClaim, _options.ImagesNamespace, name, Cancellation);
        ((string?)claim["metadata"]!["annotations"]!["simulator.local/sha256"]).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(_disk)));
        var cloned = MachineOf(new ImageHardware())["dataVolumeTemplates"]![0]!["spec"]!;
        cloned["source"]!["pvc"]!["name"]!.GetValue<string>().ShouldBe(name);
        cloned["storage"]!.ToJsonString().ShouldBe("""{"accessModes":["ReadWriteOnce"]}""", "a clone has its source's size");

        Task Note(DiskImageProgress progress)
        {
            states.Add(progress);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_namespace_that_an_administrator_made_is_used()
    {
        var text = await File.ReadAllTextAsync(RepositoryDocument.PathOf("deploy/kubernetes/images.yaml"), Cancellation);

        text.ShouldContain($"name: {new KubernetesRuntimeOptions().ImagesNamespace}\n");
        await _client.CreateAsync(
            Kinds.Namespace, Manifest.Of(Kinds.Namespace, null, _options.ImagesNamespace), Kubernetes.Api.Requests.WriteOptions.Default, Cancellation);
        using var sink = Sink();
        await sink.StoreAsync(Disk, _ => Task.CompletedTask, Cancellation);
        (await FindAsync()).ShouldNotBeNull("it stands in the administrator's namespace");
    }

    [Fact]
    public async Task Storing_again_replaces_the_disk_and_removing_ends_it()
    {
        using var sink = Sink();
        await sink.StoreAsync(Disk, _ => Task.CompletedTask, Cancellation);
        var first = (await FindAsync())!.Metadata.Uid;

        await sink.StoreAsync(Disk, _ => Task.CompletedTask, Cancellation);
        (await FindAsync())!.Metadata.Uid.ShouldNotBe(first);
        (await sink.ListAsync(Cancellation)).ShouldBe([Disk.Reference]);

        await sink.RemoveAsync(Disk.Reference, Cancellation);
        (await FindAsync()).ShouldBeNull();
        await sink.RemoveAsync(Disk.Reference, Cancellation);
    }

    [Fact]
    public async Task A_disk_of_another_installation_is_not_touched()
    {
        using var theirs = Sink(Installation.Create());
        await theirs.StoreAsync(Disk, _ => Task.CompletedTask, Cancellation);
        using var sink = Sink();

        (await sink.ListAsync(Cancellation)).ShouldBeEmpty();
        await sink.RemoveAsync(Disk.Reference, Cancellation);
        await Should.ThrowAsync<InvalidOperationException>(() => sink.StoreAsync(Disk, _ => Task.CompletedTask, Cancellation));

        (await FindAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_proxy_that_cannot_be_reached_is_waited_for_and_nothing_is_left_behind()
    {
        _options.UploadProxy = "https://localhost:1";
        using var sink = Sink();

        var trouble = await Should.ThrowAsync<RuntimeUnavailableException>(() => sink.StoreAsync(Disk, _ => Task.CompletedTask, Cancellation));

        trouble.Message.ShouldContain("Kubernetes__UploadProxy");
        (await FindAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_proxy_that_hangs_up_as_soon_as_it_was_called_is_waited_for()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        async ValueTask<Stream> HungUpAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellationToken);
            using (var theirs = await listener.AcceptSocketAsync(cancellationToken))
            {
                theirs.LingerState = new LingerOption(true, 0);
            }

            socket.Poll(TimeSpan.FromMinutes(1), SelectMode.SelectRead).ShouldBeTrue();
            return new NetworkStream(socket, ownsSocket: true);
        }

        var client = NewClient();
        using var sink = new DataVolumeSink(client, new UploadProxy(_options, client) { Dial = HungUpAsync }, _installation, _options);

        var trouble = await Should.ThrowAsync<RuntimeUnavailableException>(() => sink.StoreAsync(Disk, _ => Task.CompletedTask, Cancellation));

        trouble.Message.ShouldContain("Kubernetes__UploadProxy");
        (await FindAsync()).ShouldBeNull();
    }

    [Theory]
    [InlineData("lab-orchestrator-upload/a:1")]
    [InlineData("lab-orchestrator-upload/a:RC_1.0.")]
    [InlineData("lab-orchestrator-upload/an-image-with-a-name-that-is-as-long-as-names-of-images-may-be-and-then-some-more-of-it:2026-11-21")]
    public void Disks_have_names_that_a_cluster_takes(string reference)
    {
        UploadedDisks.NameOf(reference).Length.ShouldBeLessThanOrEqualTo(63);
        ClusterName.IsLabel(UploadedDisks.NameOf(reference)).ShouldBeTrue(UploadedDisks.NameOf(reference));
        UploadedDisks.NameOf(reference).ShouldNotBe(UploadedDisks.NameOf(reference + "x"));
    }

    [Fact]
    public void A_CD_that_was_uploaded_stands_beside_an_empty_disk_too()
    {
        var templates = MachineOf(new ImageHardware { Media = ImageMedia.Cdrom })["dataVolumeTemplates"]!;

        templates[0]!["spec"]!["source"]!.ToJsonString().ShouldBe("""{"blank":{}}""");
        templates[1]!["spec"]!["source"]!["pvc"]!["namespace"]!.GetValue<string>().ShouldBe("lab-orchestrator-images");
    }

    private DataVolumeSink Sink(Installation? installation = null)
    {
        var client = NewClient();
        return new DataVolumeSink(client, new UploadProxy(_options, client), installation ?? _installation, _options);
    }

    private KubernetesClient NewClient() => new(
        () => new ClusterConfiguration { Server = _cluster.Address, Origin = "the test", Fingerprint = "" },
        new KubernetesClientOptions { RequestsPerSecond = 0 },
        TimeProvider.System,
        NullLogger<KubernetesClient>.Instance);

    private Task<DataVolume?> FindAsync() => _client.FindAsync(Kinds.DataVolume, _options.ImagesNamespace, UploadedDisks.NameOf(Disk.Reference), Cancellation);

    private JsonNode MachineOf(ImageHardware hardware)
    {
        var instance = LabManifestsTests.Instance();
        var machine = instance.Machines[0];
        machine = machine with { Image = machine.Image with { Reference = Disk.Reference, Hardware = hardware } };
        return VmManifests.VirtualMachine(instance, machine, "10.96.0.53", _installation, _options)["spec"]!;
    }
}
