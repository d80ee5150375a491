using System.Collections.Immutable;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;

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
}

/// <summary>An instance's helper as it was found.</summary>
/// <param name="Id">Identity of the container.</param>
/// <param name="State">What it does.</param>
/// <param name="Configuration">Hash of what it was made with.</param>
/// <param name="Loss">What the engine had lost of the instance when it was made; null for nothing.</param>
internal sealed record FoundHelper(string Id, ContainerState State, string Configuration, string? Loss);
