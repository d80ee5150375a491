using System.Buffers.Binary;
using System.Text;

namespace LabOrchestrator.Images.Uploads;

/// <summary>
/// Where the files of a tar archive are. Only what appliances are made of is taken: ordinary files, by names that stay inside. Nothing is
/// unpacked, and nothing is read but headers, whatever lengths they claim.
/// </summary>
internal static class TarIndex
{
    private const int BlockBytes = 512;
    private const int MostFiles = 100;

    /// <summary>Whether a file begins as a tar archive does.</summary>
    public static bool IsTar(ReadOnlySpan<byte> head) => head.Length >= BlockBytes && head[257..].StartsWith("ustar"u8);

    /// <summary>The files, in their order.</summary>
    /// <exception cref="DiskRefusedException">The archive is damaged, or has something else than plain files.</exception>
    public static async Task<IReadOnlyList<TarFile>> ReadAsync(Stream archive, CancellationToken cancellationToken)
    {
        var files = new List<TarFile>();
        for (long position = 0; ;)
        {
            var header = await DiskContent.ReadAsync(archive, position, BlockBytes, cancellationToken).ConfigureAwait(false);
            if (header.Length < BlockBytes || header[0] == 0)
            {
                return files;
            }

            if (!IsTar(header) || files.Count == MostFiles)
            {
                throw new DiskRefusedException("The appliance's archive is damaged, or is no OVA: export the machine again.");
            }

            var size = SizeOf(header);
            if (size < 0 || size > archive.Length - position - BlockBytes)
            {
                throw new DiskRefusedException("The appliance's archive is cut off: export the machine again and send it whole.");
            }

            switch ((char)header[156])
            {
                case '0' or '\0':
                    files.Add(new TarFile(CheckedName(header), position + BlockBytes, size));
                    break;

                // Headers that say more of the next file, none of which is needed here, and folders.
                case 'x' or 'g' or '5':
                    break;
                case var type:
                    throw new DiskRefusedException(
                        $"The appliance's archive has an entry of type '{(char.IsAsciiLetterOrDigit(type) ? type : '?')}', such as a link. Only files belong into an OVA.");
            }

            position += BlockBytes + ((size + BlockBytes - 1) / BlockBytes * BlockBytes);
        }
    }

    private static string CheckedName(ReadOnlySpan<byte> header)
    {
        var name = Text(header[..100]);
        var folder = header[257..].StartsWith("ustar\0"u8) ? Text(header.Slice(345, 155)) : "";
        var path = folder.Length > 0 ? $"{folder}/{name}" : name;
        path = path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
        return IsInside(path)
            ? path
            : throw new DiskRefusedException($"The appliance's archive has a file \"{Printable(path)}\", which would lie outside of it. It is refused.");
    }

    /// <summary>Whether a name stays in the archive.</summary>
    internal static bool IsInside(string path) =>
        path.Length > 0 && path[0] != '/' && !path.Contains('\\', StringComparison.Ordinal) && !path.Contains(':', StringComparison.Ordinal)
        && !path.Split('/').Contains("..") && !path.Any(char.IsControl);

    /// <summary>A text of a stranger, for a message.</summary>
    internal static string Printable(string text) =>
        string.Concat(text.Take(100).Select(c => char.IsControl(c) ? '?' : c));

    // Octal, or with the first bit set a big-endian number.
    private static long SizeOf(ReadOnlySpan<byte> header)
    {
        var field = header.Slice(124, 12);
        if ((field[0] & 0x80) != 0)
        {
            return (field[0] & 0x7f) != 0 || field[1] != 0 || field[2] != 0 || field[3] != 0 ? -1 : BinaryPrimitives.ReadInt64BigEndian(field[4..]);
        }

        long size = 0;
        foreach (var digit in Text(field).Trim())
        {
            if (digit is < '0' or > '7')
            {
                return -1;
            }

            size = (size << 3) + (digit - '0');
        }

        return size;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }
}

/// <summary>A file of an archive.</summary>
/// <param name="Name">Its path.</param>
/// <param name="Position">Where its content begins.</param>
/// <param name="Length">Bytes of its content.</param>
internal sealed record TarFile(string Name, long Position, long Length);
