using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Runtimes;

/// <summary>Everything a runtime needs to make an instance real; nothing in it is a decision of the runtime.</summary>
public sealed record InstanceSpec
{
    /// <summary>The instance.</summary>
    public required long InstanceId { get; init; }

    /// <summary>Whose it is.</summary>
    public required long OwnerId { get; init; }

    /// <summary>First part of its name on a cluster.</summary>
    public required string NamespacePrefix { get; init; }

    /// <summary>Its networks.</summary>
    public required ImmutableArray<NetworkDefinition> Networks { get; init; }

    /// <summary>Manifests, as JSON, that it has beside its machines; only for runtimes that are clusters.</summary>
    public ImmutableArray<string> ClusterObjects { get; init; } = [];

    /// <summary>Names of the runtime capabilities that its lab requires.</summary>
    public ImmutableArray<string> Requires { get; init; } = [];

    /// <summary>Its machines.</summary>
    public required ImmutableArray<MachineSpec> Machines { get; init; }

    /// <summary>It was brought up before: what the engine lacks of it was lost there, and users are told when it is made again.</summary>
    public bool HasRun { get; init; }

    /// <summary>Whether a machine that the engine lost ends the instance, by a <see cref="MachineLostException"/>, instead of being made again.</summary>
    public bool EndsOnLoss { get; init; }
}

/// <summary>One machine of an instance.</summary>
public sealed record MachineSpec
{
    /// <summary>What the author wrote.</summary>
    public required MachineDefinition Definition { get; init; }

    /// <summary>Its image.</summary>
    public required Image Image { get; init; }

    /// <summary>Digest that an earlier apply resolved the image to; restart and reset use the same. Null at the first start, and where there is none.</summary>
    public string? ImageDigest { get; init; }

    /// <summary>False when the user powered it off.</summary>
    public bool PoweredOn { get; init; } = true;

    /// <summary>Grows with each wish to boot it again; a machine of a lower generation is restarted with its disk.</summary>
    public int BootGeneration { get; init; }

    /// <summary>Grows with each reset; a machine of a lower generation gets a fresh disk.</summary>
    public int ResetGeneration { get; init; }

    /// <summary>It was not yet brought up since it was last powered on or off or booted: what is not there of it may have been removed for that.</summary>
    public bool IsRestarting { get; init; }

    /// <summary>It was not yet brought up since its last reset: what is not there of it was removed for that, and not lost.</summary>
    public bool IsResetting { get; init; }

    /// <summary>Logins of this machine, generated ones filled in.</summary>
    public ImmutableArray<MachineCredential> Credentials { get; init; } = [];

    /// <summary>Its name.</summary>
    public string Name => Definition.Name;
}

/// <summary>A login of a machine of one instance.</summary>
/// <param name="Machine">The machine's name.</param>
/// <param name="Username">The account.</param>
/// <param name="Password">Its password, in clear.</param>
public sealed record MachineCredential(string Machine, string Username, string Password);
