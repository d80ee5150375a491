using System.Runtime.InteropServices;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>
/// The account that QEMU runs as: the server's own, so that both may use the sockets between them; for a server that is root, the one
/// that KubeVirt's disks belong to.
/// </summary>
/// <param name="UserId">Number of the user.</param>
/// <param name="GroupId">Number of the group.</param>
internal sealed partial record HostAccount(uint UserId, uint GroupId)
{
    /// <summary>User and group of KubeVirt's containerDisks; a guest's process is always in this group.</summary>
    public const uint QemuId = 107;

    public static HostAccount Current { get; } = geteuid() == 0 ? new(QemuId, QemuId) : new(geteuid(), getegid());

    /// <summary>Gives a file or folder to the account; a link is given itself, not what it points to.</summary>
    public void Own(string path)
    {
        if (geteuid() == 0 && lchown(path, UserId, GroupId) != 0)
        {
            throw new IOException($"{path} could not be given to user {UserId}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial uint getegid();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int lchown(string path, uint user, uint group);
}
