using System.Collections.Concurrent;
using System.Globalization;

namespace LabOrchestrator.Images.Uploads;

/// <summary>
/// The bytes of uploads, a file each in one folder. How many there are is for the file to say, so that nothing is lost when the server
/// ends in the midst of it.
/// </summary>
/// <param name="folder">The folder; it is made, for the server's user alone.</param>
public sealed class UploadFiles(string folder)
{
    private const int BufferBytes = 256 << 10;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ConcurrentDictionary<long, Writer> _writers = new();

    /// <summary>Bytes that are here; null where there is no file.</summary>
    public long? LengthOf(long id) => new FileInfo(PathOf(id)) is { Exists: true } file ? file.Length : null;

    /// <summary>Whether somebody is sending bytes just now.</summary>
    public bool IsWritten(long id) => _writers.ContainsKey(id);

    /// <summary>Free bytes of the disk that the folder is on.</summary>
    public long FreeBytes()
    {
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        return new DriveInfo(folder).AvailableFreeSpace;
    }

    /// <summary>Makes the file of an upload.</summary>
    public void Begin(long id)
    {
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        using var file = new FileStream(PathOf(id), new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
    }

    /// <summary>
    /// Appends what comes, up to a whole length; whoever still sent for the same upload, as over a connection that is dead, is cut off.
    /// What was written before a failure stays; of more than the whole length nothing is kept. What is to
    /// be done with them is done before anybody else sees the upload as unwritten.
    /// </summary>
    public async Task<AppendedBytes> AppendAsync(
        long id, long offset, long wholeLength, Stream bytes, Func<AppendedBytes, Task> appended, CancellationToken cancellationToken)
    {
        using var writer = new Writer(cancellationToken);
        while (!_writers.TryAdd(id, writer))
        {
            if (_writers.TryGetValue(id, out var other))
            {
                await other.EndAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        try
        {
            var result = await WriteAsync(id, offset, wholeLength, bytes, writer.Token).ConfigureAwait(false);
            await appended(result).ConfigureAwait(false);
            return result;
        }
        finally
        {
            _writers.TryRemove(id, out _);
        }
    }

    /// <summary>Opens an upload to be read.</summary>
    public FileStream Open(long id) => new(PathOf(id), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferBytes, useAsync: true);

    /// <summary>Puts a file beside an upload, in place of one that was there.</summary>
    public FileStream Extract(long id) => new(ExtractPathOf(id), new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Options = FileOptions.Asynchronous,
        BufferSize = 0,
        UnixCreateMode = OwnerOnly,
    });

    /// <summary>Where the bytes of an upload are.</summary>
    public string PathOf(long id) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{id}.upload"));

    /// <summary>Where the file beside an upload is.</summary>
    public string ExtractPathOf(long id) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{id}.disk"));

    /// <summary>Deletes the bytes of an upload; whoever still sends is cut off.</summary>
    public async Task RemoveAsync(long id)
    {
        if (_writers.TryGetValue(id, out var writer))
        {
            await writer.EndAsync().ConfigureAwait(false);
        }

        if (Directory.Exists(folder))
        {
            File.Delete(PathOf(id));
            File.Delete(ExtractPathOf(id));
        }
    }

    private async Task<AppendedBytes> WriteAsync(long id, long offset, long wholeLength, Stream bytes, CancellationToken cancellationToken)
    {
        // Without a buffer, so that what is said to be here is.
        await using var file = new FileStream(
            PathOf(id), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        if (file.Length != offset)
        {
            return new AppendedBytes(file.Length, AppendTrouble.WrongOffset);
        }

        file.Position = offset;
        var buffer = new byte[BufferBytes];
        while (await bytes.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            if (file.Position + count > wholeLength)
            {
                file.SetLength(offset);
                return new AppendedBytes(offset, AppendTrouble.TooMany);
            }

            // Not cancellable: it might still be under way when whoever comes next looks at the length.
            await file.WriteAsync(buffer.AsMemory(0, count), CancellationToken.None).ConfigureAwait(false);
        }

        if (file.Position == wholeLength)
        {
            file.Flush(flushToDisk: true);
        }

        return new AppendedBytes(file.Position, null);
    }

    private sealed class Writer(CancellationToken cancellationToken) : IDisposable
    {
        private readonly UploadWork _work = new(cancellationToken);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Token => _work.Token;

        public Task EndAsync()
        {
            _work.Stop();
            return _ended.Task;
        }

        public void Dispose()
        {
            _work.Dispose();
            _ended.TrySetResult();
        }
    }
}

/// <summary>What became of bytes that were sent.</summary>
/// <param name="Length">Bytes that are here now.</param>
/// <param name="Trouble">Why none of them were taken; null when they were.</param>
public sealed record AppendedBytes(long Length, AppendTrouble? Trouble);

/// <summary>Why bytes were not taken.</summary>
public enum AppendTrouble
{
    /// <summary>They do not follow those that are here.</summary>
    WrongOffset,

    /// <summary>They are more than the upload was said to have.</summary>
    TooMany,
}
