using LabOrchestrator.Images.Uploads;

namespace LabOrchestrator.Server.Images;

/// <summary>The disks of the engine without an engine: they are looked at, and kept by name alone.</summary>
internal sealed class MemoryDisks : IDiskImageSink
{
    public async Task StoreAsync(DiskImage disk, Func<DiskImageProgress, Task> report, CancellationToken cancellationToken)
    {
        await report(new DiskImageProgress(ImageUploadState.Converting, 100));
        await report(new DiskImageProgress(ImageUploadState.Storing));
    }

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    public Task RemoveAsync(string reference, CancellationToken cancellationToken) => Task.CompletedTask;
}
