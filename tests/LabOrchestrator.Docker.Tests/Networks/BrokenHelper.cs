using System.Formats.Tar;
using System.Text;
using LabOrchestrator.Docker.Engine;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>An image of a helper that says <see cref="LastWords"/> and ends as soon as it begins.</summary>
public sealed class BrokenHelper(EngineFixture engine) : IAsyncLifetime
{
    /// <summary>What it says.</summary>
    public const string LastWords = "there is no card for me";

    /// <summary>How it ends.</summary>
    public const int ExitCode = 3;

    private const string Script = "/usr/lib/lab-orchestrator/helper";

    private readonly EngineClient _engine = new(engine.Options.SocketPath, TimeProvider.System);

    /// <summary>The image.</summary>
    public string Reference { get; } = $"lab-test/broken-helper-{Guid.NewGuid():N}:1";

    public async ValueTask InitializeAsync()
    {
        // The helper's own files but one: an image is made of them.
        var container = await _engine.Containers.CreateAsync(
            $"lab-test-{Guid.NewGuid():N}",
            new ContainerCreation { Image = engine.Options.HelperImage, Cmd = ["/none"] },
            CancellationToken.None);
        try
        {
            using var tar = new MemoryStream();
            await using (var writer = new TarWriter(tar, leaveOpen: true))
            {
                using var script = new MemoryStream(Encoding.UTF8.GetBytes($"#!/bin/sh\necho '{LastWords}' >&2\nexit {ExitCode}\n"));
                await writer.WriteEntryAsync(
                    new PaxTarEntry(TarEntryType.RegularFile, Path.GetFileName(Script)) { DataStream = script, Mode = (UnixFileMode)0b111_101_101 });
            }

            await _engine.Containers.UploadAsync(container!, Path.GetDirectoryName(Script)!, tar.ToArray(), CancellationToken.None);
            await DockerProgram.RunAsync("commit", container!, Reference);
        }
        finally
        {
            await _engine.Containers.RemoveAsync(container!, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DockerProgram.RunAsync("rmi", Reference);
        _engine.Dispose();
    }
}
