using System.Collections.Immutable;

namespace LabOrchestrator.Runtimes;

/// <summary>The names of what an engine can do; a lab's <c>requires</c> is checked against them before anything starts.</summary>
/// <param name="Names">The capabilities, of the constants below.</param>
public sealed record RuntimeCapabilities(ImmutableSortedSet<string> Names)
{
    /// <summary>VMs can run.</summary>
    public const string VirtualMachines = "vms";

    /// <summary>Containers can run.</summary>
    public const string Containers = "containers";

    /// <summary>Whole instances, containers included, can be frozen with their memory.</summary>
    public const string Pause = "pause";

    /// <summary>The VMs of an instance can be frozen with their memory; an instance with containers cannot be, unless it has <see cref="Pause"/>.</summary>
    public const string PauseVirtualMachines = "pause-vms";

    /// <summary>A machine may have cards in several networks.</summary>
    public const string SeveralNetworks = "several-networks";

    /// <summary>Broadcast, multicast and changed addresses work inside a network.</summary>
    public const string Layer2 = "layer2";

    /// <summary>Networks can be let out to the internet.</summary>
    public const string Internet = "internet";

    /// <summary>Authors may fix subnets and addresses.</summary>
    public const string FixedAddresses = "fixed-addresses";

    /// <summary>Guests run with hardware virtualisation.</summary>
    public const string HardwareVirtualisation = "hardware-virtualisation";

    /// <summary>Pictures of VMs' screens can be taken.</summary>
    public const string Screenshots = "screenshots";

    /// <summary>It is a Kubernetes cluster, which takes objects of authors.</summary>
    public const string Kubernetes = "kubernetes";

    /// <summary>All names that a lab may require.</summary>
    public static ImmutableSortedSet<string> Known { get; } =
        [VirtualMachines, Containers, Pause, PauseVirtualMachines, SeveralNetworks, Layer2, Internet, FixedAddresses, HardwareVirtualisation, Screenshots, Kubernetes];

    /// <summary>False while the engine was never reached: what it can do beyond <see cref="Names"/> is not known then.</summary>
    public bool IsKnown { get; init; } = true;

    /// <summary>Why what is not among <see cref="Names"/> is not there, where the runtime can say.</summary>
    public ImmutableArray<MissingCapability> Absent { get; init; } = [];

    /// <summary>Those of <paramref name="required"/> that are missing here, each with the reason and what to do.</summary>
    public ImmutableArray<MissingCapability> Missing(IEnumerable<string> required) =>
    [
        .. required.Where(r => !Names.Contains(r)).Select(r => Absent.FirstOrDefault(a => a.Name == r) ?? new MissingCapability(r)),
    ];
}

/// <summary>A capability that an engine does not have.</summary>
/// <param name="Name">Its name, of the constants of <see cref="RuntimeCapabilities"/>.</param>
public sealed record MissingCapability(string Name)
{
    /// <summary>Why it is missing, in a sentence.</summary>
    public string Reason { get; init; } = "The runtime does not have it.";

    /// <summary>What to do, in a sentence.</summary>
    public string Remedy { get; init; } = "Start the lab on another runtime, or change the lab.";
}
