using System.Diagnostics;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Manifests;

namespace LabOrchestrator.Kubernetes.Tests.Manifests;

public sealed class VolumeManifestsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-volume-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_volume_is_a_claim_that_every_pod_of_the_machine_has()
    {
        var instance = LabManifestsTests.Instance();
        var options = new KubernetesRuntimeOptions { StorageClass = "fast" };

        var claim = VolumeManifests.ClaimsOf(instance, instance.Machines[1], LabManifestsTests.Installation, options).Single();

        ((string?)claim["metadata"]!["namespace"]).ShouldBe(LabNamespace.NameOf(instance));
        ((string?)claim["spec"]!["storageClassName"]).ShouldBe("fast");
        ((string?)claim["spec"]!["resources"]!["requests"]!["storage"]).ShouldBe("64Mi");
        foreach (var reset in new[] { 0, 1 })
        {
            var pod = ContainerManifests.Pod(
                instance, instance.Machines[1] with { ResetGeneration = reset }, LabManifestsTests.NameServer, LabManifestsTests.Installation, options);
            ClaimsIn(pod).ShouldBe([(string?)claim["metadata"]!["name"]]);
        }
    }

    [Fact]
    public async Task A_new_volume_begins_as_the_image_has_it_and_is_left_alone_from_then_on()
    {
        var (image, volume) = (Path.Combine(_folder, "image"), Path.Combine(_folder, "volume"));
        Directory.CreateDirectory(Path.Combine(volume, "lost+found"));
        Directory.CreateDirectory(Path.Combine(image, "sub"));
        await File.WriteAllTextAsync(Path.Combine(image, "sub", "greeting"), "hello", TestContext.Current.CancellationToken);
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        File.SetUnixFileMode(image, Mode);
        Directory.CreateDirectory(Path.Combine(volume, "begun", "half"));

        await RunAsync(VolumeManifests.FillingOf(image, volume));

        var content = Path.Combine(volume, "content");
        Directory.EnumerateFileSystemEntries(content, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(content, f)).Order()
            .ShouldBe((string[])["sub", "sub/greeting"]);
        File.GetUnixFileMode(content).ShouldBe(Mode);
        File.Delete(Path.Combine(content, "sub", "greeting"));
        await RunAsync(VolumeManifests.FillingOf(image, volume));
        File.Exists(Path.Combine(content, "sub", "greeting")).ShouldBeFalse("what a user removed stays so");
    }

    [Fact]
    public async Task A_folder_that_the_image_does_not_have_begins_empty()
    {
        var volume = Directory.CreateDirectory(Path.Combine(_folder, "volume")).FullName;

        await RunAsync(VolumeManifests.FillingOf(Path.Combine(_folder, "srv/shop"), volume));

        Directory.EnumerateFileSystemEntries(Path.Combine(volume, "content")).ShouldBeEmpty();
    }

    private static IEnumerable<string?> ClaimsIn(JsonObject pod) =>
        pod["spec"]!["volumes"]!.AsArray().Select(v => (string?)v!["persistentVolumeClaim"]?["claimName"]).Where(c => c is not null);

    private static async Task RunAsync(string program)
    {
        using var shell = Process.Start("/bin/sh", ["-c", program]);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        shell.ExitCode.ShouldBe(0);
    }
}
