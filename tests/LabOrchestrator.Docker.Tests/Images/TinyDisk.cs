using System.Diagnostics;
using System.Formats.Tar;
using LabOrchestrator.Docker.Engine;

namespace LabOrchestrator.Docker.Tests.Images;

/// <summary>The disk of the smallest VM image, taken out of the engine once.</summary>
public sealed class TinyDisk : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lab-tiny-");

    private string Source => Path.Combine(_folder.FullName, "disk.qcow2");

    public async ValueTask InitializeAsync()
    {
        using var engine = new EngineClient(new DockerRuntimeOptions().SocketPath, TimeProvider.System);
        var container = await engine.Containers.CreateAsync(
            $"lab-test-{Guid.NewGuid():N}", new ContainerCreation { Image = EngineFixture.TinyVm.Reference, Cmd = ["/none"] }, CancellationToken.None);
        try
        {
            using var answer = await engine.Containers.DownloadAsync(container!, "/disk/disk.qcow2", CancellationToken.None);
            await using var tar = new TarReader(await answer.Content.ReadAsStreamAsync());
            await (await tar.GetNextEntryAsync())!.ExtractToFileAsync(Source, overwrite: false);
        }
        finally
        {
            await engine.Containers.RemoveAsync(container!, CancellationToken.None);
        }
    }

    /// <summary>The disk in another format, in a folder.</summary>
    public string Convert(string format, string folder)
    {
        var target = Path.Combine(folder, $"disk.{format}");
        string[] options = format == "vmdk" ? ["-o", "subformat=streamOptimized"] : [];
        Run("qemu-img", ["convert", "-O", format, .. options, Source, target]);
        return target;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    internal static void Run(string program, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, said);
    }
}
