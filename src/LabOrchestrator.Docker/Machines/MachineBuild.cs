using System.Collections.Immutable;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Images;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Machines;

/// <summary>What a machine's container is made of.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Spec">What is wanted.</param>
/// <param name="Image">Its image in the engine.</param>
/// <param name="Cards">Its cards, in their order.</param>
/// <param name="Host">The engine's host.</param>
internal sealed record MachineBuild(
    long InstanceId, MachineSpec Spec, ResolvedImage Image, ImmutableArray<CardPlan> Cards, EngineInfo Host)
{
    /// <summary>What of it the engine lost; null for nothing.</summary>
    public string? Loss { get; init; }

    /// <summary>The processors it gets: what is wanted, but not more than the host has, which the engine would refuse.</summary>
    public decimal Cpus => Host.Cpus > 0 ? Math.Min(Spec.Definition.Cpus, Host.Cpus) : Spec.Definition.Cpus;

    /// <summary>What its users should know of its processors; null when it has what the author asked for.</summary>
    public string? CpuRemark => Cpus < Spec.Definition.Cpus
        ? $"It has {Cpus:0.##} of the {Spec.Definition.Cpus:0.##} processors that the lab asks for: the host has no more."
        : null;
}

/// <summary>What a machine is made from.</summary>
/// <param name="Name">The volume of its image's disk, or of the keeper.</param>
/// <param name="KeptDisk">The disk that it wrote before is still there.</param>
internal sealed record PreparedVolume(string Name, bool KeptDisk);
