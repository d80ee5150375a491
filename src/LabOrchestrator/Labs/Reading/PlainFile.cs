using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Opens files of folders that others may write: never a link, and never waiting for the other end of a pipe.</summary>
internal static class PlainFile
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int TooManyLinks = 40;

    // The one flag whose value depends on the processor.
    private static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>The file's content; null, with the mistake reported, when it cannot be had.</summary>
    public static Stream? Open(string path, string shownPath, MistakeList mistakes)
    {
        var descriptor = OpenFile(path, NoFollow | NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == TooManyLinks)
            {
                mistakes.AddOfFile(shownPath, LabMistakeKind.Link);
            }
            else
            {
                mistakes.AddOfFile(shownPath, LabMistakeKind.Unreadable, Marshal.GetPInvokeErrorMessage(error));
            }

            return null;
        }

        FileStream? stream = null;
        try
        {
            stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A folder in the place of a file, for example.
        }

        if (stream is { CanSeek: true })
        {
            return stream;
        }

        // Pipes, sockets and terminals cannot seek.
        stream?.Dispose();
        mistakes.AddOfFile(shownPath, LabMistakeKind.NotAFile);
        return null;
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFile([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
