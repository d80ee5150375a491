using System.Collections.Immutable;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.Networks;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Everything the engine has of an instance.</summary>
/// <param name="InstanceId">The instance.</param>
internal sealed record FoundInstance(long InstanceId)
{
    public ImmutableArray<FoundMachine> Machines { get; init; } = [];

    public FoundHelper? Helper { get; init; }

    public ImmutableArray<NetworkSummary> Networks { get; init; } = [];

    /// <summary>When the first of them was made.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    public FoundMachine? Find(string machine) => Machines.FirstOrDefault(m => m.Name.Machine == machine);

    public NetworkSummary? FindNetwork(string network) => Networks.FirstOrDefault(n => n.Labels?.GetValueOrDefault(EngineLabels.Network) == network);

    public NetworkSummary? FindUplink() => Networks.FirstOrDefault(n => n.Labels?.GetValueOrDefault(EngineLabels.Role) == EngineRoles.Uplink);
}

/// <summary>An instance's helper as it was found.</summary>
/// <param name="Id">Identity of the container.</param>
/// <param name="State">What it does.</param>
/// <param name="Configuration">Hash of what it was made with.</param>
/// <param name="Loss">That the engine had lost one before it; null when it had not.</param>
internal sealed record FoundHelper(string Id, ContainerState State, string Configuration, string? Loss)
{
    /// <summary>Its ends in networks.</summary>
    public ImmutableArray<NetworkEnd> Ends { get; init; } = [];
}
