using System.Formats.Tar;
using System.Net;
using LabOrchestrator.Docker.VirtualMachines;

namespace LabOrchestrator.Docker.Images;

/// <summary>A tar of one file or of an empty folder, written while it is sent.</summary>
internal sealed class DiskTar : HttpContent
{
    private const UnixFileMode EveryoneReads = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode OwnerWrites = EveryoneReads | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string _name;
    private readonly string? _path;

    private DiskTar(string name, string? path)
    {
        _name = name;
        _path = path;
        Headers.ContentType = new("application/x-tar");
    }

    /// <summary>A file that everybody may read.</summary>
    public static DiskTar OfFile(string name, string path) => new(name, path);

    /// <summary>A folder of the account that runs guests.</summary>
    public static DiskTar OfFolder(string name) => new(name, null);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true);
        var entry = new PaxTarEntry(_path is null ? TarEntryType.Directory : TarEntryType.RegularFile, _name)
        {
            Uid = (int)HostAccount.QemuId,
            Gid = (int)HostAccount.QemuId,
            Mode = _path is null ? OwnerWrites : EveryoneReads,
        };
        await using var file = _path is null ? null : new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20, FileOptions.Asynchronous | FileOptions.SequentialScan);
        if (file is not null)
        {
            entry.DataStream = file;
        }

        await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
