using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using LabOrchestrator.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>
/// Connects to a socket in a folder in which a VM's launcher can write. Whoever breaks out of QEMU could put a link there, to the
/// engine's socket for example: so the name is opened without following links, and the connection goes to what was opened.
/// </summary>
internal static partial class GuestSocket
{
    private const int PathOnly = 0x200000; // O_PATH
    private const int NoFollow = 0x20000; // O_NOFOLLOW
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int NoSuchFile = 2; // ENOENT

    /// <summary>Connects.</summary>
    /// <exception cref="ConsoleUnavailableException">There is no such socket, nobody listens, or it is something else.</exception>
    public static async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        using var opened = Open(path);
        if (!IsSocket(opened))
        {
            throw new ConsoleUnavailableException($"{Path.GetFileName(path)} is no socket.");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(NameOf(opened)), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ConsoleUnavailableException($"{Path.GetFileName(path)} does not answer: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SafeFileHandle Open(string path)
    {
        var handle = OpenPath(path, PathOnly | NoFollow | CloseOnExec);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw new ConsoleUnavailableException(error == NoSuchFile
            ? $"{Path.GetFileName(path)} is not there yet."
            : $"{Path.GetFileName(path)} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    // What the descriptor is, not what the name has become since: /proc shows both.
    private static bool IsSocket(SafeFileHandle opened)
    {
        var info = new byte[256];
        return StatX(opened, "", EmptyPath, TypeMask, info) == 0 && (BitConverter.ToUInt16(info, ModeOffset) & FormatMask) == SocketFormat;
    }

    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint TypeMask = 1; // STATX_TYPE
    private const int ModeOffset = 28; // of stx_mode, the same on all architectures
    private const int FormatMask = 0xF000; // S_IFMT
    private const int SocketFormat = 0xC000; // S_IFSOCK

    // Short, however long the real path is: a socket's name has at most 107 bytes.
    private static string NameOf(SafeFileHandle opened) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{opened.DangerousGetHandle()}");

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle OpenPath(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(SafeFileHandle folder, string path, int flags, uint mask, byte[] info);
}
