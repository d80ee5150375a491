using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>A pseudo terminal: its master as a stream, its slave as a path that a process opens.</summary>
internal sealed partial class PseudoTerminal : IDisposable
{
    private const int ReadWriteWithoutControl = 0x2 | 0x100 | 0x80000;
    private const nuint SetWindowSize = 0x5414;
    private readonly SafeFileHandle _master;

    public PseudoTerminal()
    {
        var descriptor = OpenTerminal(ReadWriteWithoutControl);
        Span<byte> name = stackalloc byte[128];
        if (descriptor < 0 || Grant(descriptor) != 0 || Unlock(descriptor) != 0 || Name(descriptor, name, (nuint)name.Length) != 0)
        {
            throw new IOException("No pseudo terminal: error " + Marshal.GetLastPInvokeError());
        }

        _master = new SafeFileHandle(descriptor, ownsHandle: true);
        SlavePath = System.Text.Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
        Stream = new FileStream(_master, FileAccess.ReadWrite, bufferSize: 0);
        Resize(80, 24);
    }

    public string SlavePath { get; }

    public FileStream Stream { get; }

    public void Resize(ushort columns, ushort rows)
    {
        ushort[] size = [rows, columns, 0, 0];
        _ = Control((int)_master.DangerousGetHandle(), SetWindowSize, size);
    }

    public void Dispose()
    {
        Stream.Dispose();
        _master.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int descriptor);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int descriptor);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int Name(int descriptor, Span<byte> name, nuint length);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, [In] ushort[] size);
}
