using System.Collections.Immutable;

namespace LabOrchestrator.Labs;

/// <summary>What an author wrote in <c>lab.yaml</c>, checked and with the image kinds filled in. Inert and immutable.</summary>
public sealed record LabDefinition
{
    /// <summary>The lab's key: a DNS label, unique in an installation.</summary>
    public required string Name { get; init; }

    /// <summary>What people read in lists.</summary>
    public required string Title { get; init; }

    /// <summary>A few sentences of plain text.</summary>
    public string Description { get; init; } = "";

    /// <summary>The machines, in the author's order; at least one.</summary>
    public required ImmutableArray<MachineDefinition> Machines { get; init; }

    /// <summary>The networks; where the author named none, one called <see cref="DefaultNetwork"/>.</summary>
    public required ImmutableArray<NetworkDefinition> Networks { get; init; }

    /// <summary>Names of the runtime capabilities without which the lab makes no sense.</summary>
    public ImmutableArray<string> Requires { get; init; } = [];

    /// <summary>How many instances one user may have at once.</summary>
    public int InstancesPerUser { get; init; } = 1;

    /// <summary>What becomes of an instance when the engine has lost a machine of it.</summary>
    public LossPolicy OnLoss { get; init; }

    /// <summary>Manifests, as JSON, that each instance has beside its machines on a cluster.</summary>
    public ImmutableArray<string> ClusterObjects { get; init; } = [];

    /// <summary>Whether it writes to a cluster by itself; only an admin may import it.</summary>
    public bool WritesToCluster => !ClusterObjects.IsEmpty || Machines.Any(m => m.OnCluster?.Patch is not null);

    /// <summary>The network of labs that name none.</summary>
    public const string DefaultNetwork = "lab";
}
