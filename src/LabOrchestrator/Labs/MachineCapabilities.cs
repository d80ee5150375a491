using System.Collections.Immutable;

namespace LabOrchestrator.Labs;

/// <summary>The Linux capabilities of containers: the same on every engine.</summary>
public static class MachineCapabilities
{
    // Enough for daemons that begin as root and become somebody else; nothing that reaches out of the machine, and not NET_RAW, which
    // Pod Security's level baseline refuses.
    private static readonly string[] OfEverybody = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"];

    private static readonly string[] OfSudo = ["AUDIT_WRITE", "SETFCAP", "SETPCAP", "SYS_CHROOT"];

    /// <summary>What containers have from their engine that no machine has without a privilege.</summary>
    public static ImmutableArray<string> Withheld { get; } = ["MKNOD", "NET_RAW"];

    /// <summary>Those of a machine.</summary>
    /// <param name="privileges">Its privileges.</param>
    public static IReadOnlyList<string> Of(IEnumerable<MachinePrivilege> privileges)
    {
        List<string> capabilities = [.. OfEverybody];
        foreach (var privilege in privileges)
        {
            capabilities.AddRange(privilege switch
            {
                MachinePrivilege.Sudo => OfSudo,
                MachinePrivilege.RawNetwork => ["NET_RAW"],
                MachinePrivilege.NetworkAdmin => ["NET_ADMIN", "NET_RAW"],
                _ => [],
            });
        }

        return [.. capabilities.Distinct(StringComparer.Ordinal)];
    }
}
