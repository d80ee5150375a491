using System.Collections.Immutable;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Labs.Cluster;

namespace LabOrchestrator.Labs;

/// <summary>One virtualised system of a lab as its author described it.</summary>
public sealed record MachineDefinition
{
    /// <summary>DNS label, unique in the lab; the name by which other machines reach it.</summary>
    public required string Name { get; init; }

    /// <summary>What people read on the tab; the name where the author gave none.</summary>
    public required string Title { get; init; }

    /// <summary>Name or reference of an image in the catalogue.</summary>
    public required string Image { get; init; }

    /// <summary>VM or container, taken from the image when the lab was read.</summary>
    public required ImageKind Kind { get; init; }

    /// <summary>Virtual processors; may be a fraction for containers.</summary>
    public decimal Cpus { get; init; } = 1;

    /// <summary>Memory in bytes.</summary>
    public long MemoryBytes { get; init; } = DefaultMemoryBytes;

    /// <summary>Most bytes the machine's disk may grow to; null takes the runtime's default.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>The consoles, the first one shown first.</summary>
    public ImmutableArray<ConsoleDefinition> Consoles { get; init; } = [];

    /// <summary>Login credentials shown to members.</summary>
    public ImmutableArray<CredentialDefinition> Credentials { get; init; } = [];

    /// <summary>The networks it is attached to, in order of its cards.</summary>
    public ImmutableArray<NetworkAttachment> Networks { get; init; } = [];

    /// <summary>Extra rights, shown to the admin.</summary>
    public ImmutableArray<MachinePrivilege> Privileges { get; init; } = [];

    /// <summary>Environment of a container.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Program and arguments of a container instead of the image's own.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>Volumes kept while the instance lives; for containers.</summary>
    public ImmutableArray<VolumeDefinition> Volumes { get; init; } = [];

    /// <summary>The author's cloud-init user data for a VM; null for none.</summary>
    public string? UserData { get; init; }

    /// <summary>The author's cloud-init network configuration for a VM; null lets the runtime write one.</summary>
    public string? NetworkData { get; init; }

    /// <summary>How it differs on a cluster; null for in nothing.</summary>
    public MachineOnCluster? OnCluster { get; init; }

    /// <summary>Memory where the author gave none: 256 MiB.</summary>
    public const long DefaultMemoryBytes = 256L << 20;
}

/// <summary>One card of a machine.</summary>
/// <param name="Name">Name of the network.</param>
/// <param name="Address">IPv4 address that the author fixed; needs a subnet on the network.</param>
public sealed record NetworkAttachment(string Name, string? Address = null);

/// <summary>A login of a machine.</summary>
/// <param name="Username">The account's name.</param>
/// <param name="Password">The author's password; null has one generated for each instance.</param>
public sealed record CredentialDefinition(string Username, string? Password = null);

/// <summary>A volume of a container.</summary>
/// <param name="Path">Absolute path in the container.</param>
/// <param name="SizeBytes">Most bytes it should hold.</param>
public sealed record VolumeDefinition(string Path, long SizeBytes);

/// <summary>A right beyond the plain machine, mapped by each runtime.</summary>
public enum MachinePrivilege
{
    /// <summary>Become root inside the machine.</summary>
    Sudo,

    /// <summary>Open raw sockets (ping floods, scans, captures).</summary>
    RawNetwork,

    /// <summary>Change the machine's own network set-up.</summary>
    NetworkAdmin,
}
