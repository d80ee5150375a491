using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.Labs;

/// <summary>A lab in the catalogue.</summary>
public record LabAnswer
{
    /// <summary>Its identity.</summary>
    public required long Id { get; init; }

    /// <summary>Its key, a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>What people read in lists.</summary>
    public required string Title { get; init; }

    /// <summary>A few sentences of plain text.</summary>
    public required string Description { get; init; }

    /// <summary>Content hash of the newest version.</summary>
    public required string Version { get; init; }

    /// <summary>When that version came in (UTC).</summary>
    public required DateTimeOffset ImportedAt { get; init; }

    /// <summary>First part of its instances' names on a cluster.</summary>
    public required string NamespacePrefix { get; init; }

    internal static LabAnswer Of(Lab lab) => new()
    {
        Id = lab.Id,
        Name = lab.Name,
        Title = lab.Title,
        Description = lab.Description,
        Version = lab.Version,
        ImportedAt = lab.ImportedAt,
        NamespacePrefix = lab.NamespacePrefix,
    };
}

/// <summary>A lab that was imported.</summary>
public sealed record LabImportAnswer : LabAnswer
{
    /// <summary>What the runtimes of this server lack for the lab, each with the place that asks for it.</summary>
    public required IReadOnlyList<LabWarning> Warnings { get; init; }

    internal static LabImportAnswer Of(Lab lab, IReadOnlyList<LabWarning> warnings) => new()
    {
        Id = lab.Id,
        Name = lab.Name,
        Title = lab.Title,
        Description = lab.Description,
        Version = lab.Version,
        ImportedAt = lab.ImportedAt,
        NamespacePrefix = lab.NamespacePrefix,
        Warnings = warnings,
    };
}

/// <summary>A lab with what its learners may know: no passwords, no user data, no files.</summary>
public sealed record LabDetailAnswer : LabAnswer
{
    /// <summary>Its machines, in the author's order.</summary>
    public required IReadOnlyList<LabMachineAnswer> Machines { get; init; }

    /// <summary>Its networks.</summary>
    public required IReadOnlyList<LabNetworkAnswer> Networks { get; init; }

    /// <summary>Names of the runtime capabilities without which it makes no sense.</summary>
    public required IReadOnlyList<string> Requires { get; init; }

    /// <summary>How many instances one user may have at once.</summary>
    public required int InstancesPerUser { get; init; }

    /// <summary>The runtimes of this server, and what the lab misses there.</summary>
    public required IReadOnlyList<LabRuntimeAnswer> Runtimes { get; init; }

    internal static LabDetailAnswer Of(Lab lab, LabDefinition definition, LabRuntimes runtimes) => new()
    {
        Id = lab.Id,
        Name = lab.Name,
        Title = definition.Title,
        Description = definition.Description,
        Version = lab.Version,
        ImportedAt = lab.ImportedAt,
        NamespacePrefix = lab.NamespacePrefix,
        Machines = [.. definition.Machines.Select(LabMachineAnswer.Of)],
        Networks = [.. definition.Networks.Select(n => new LabNetworkAnswer(n.Name, n.Subnet, n.Internet))],
        Requires = LabRequirements.Of(definition),
        InstancesPerUser = definition.InstancesPerUser,
        Runtimes = [.. runtimes.All.Select(r => LabRuntimeAnswer.Of(r, definition))],
    };
}

/// <summary>Where a lab can run.</summary>
/// <param name="Name">Name of the runtime.</param>
/// <param name="Missing">What the lab requires and the runtime does not have; where it is empty, the lab can be started.</param>
public sealed record LabRuntimeAnswer(string Name, IReadOnlyList<MissingAnswer> Missing)
{
    internal static LabRuntimeAnswer Of(ILabRuntime runtime, LabDefinition lab) =>
        new(runtime.Name, [.. runtime.Capabilities.Missing(LabRequirements.Of(lab)).Select(MissingAnswer.Of)]);
}

/// <summary>A capability that a runtime does not have.</summary>
/// <param name="Capability">Its name, as labs require it.</param>
/// <param name="Reason">Why it is missing.</param>
/// <param name="Remedy">What to do.</param>
public sealed record MissingAnswer(string Capability, string Reason, string Remedy)
{
    internal static MissingAnswer Of(MissingCapability missing) => new(missing.Name, missing.Reason, missing.Remedy);
}

/// <summary>A machine of a lab.</summary>
/// <param name="Name">By which other machines reach it.</param>
/// <param name="Title">What people read on its tab.</param>
/// <param name="Kind">VM or container.</param>
/// <param name="Image">Name or reference of its image.</param>
/// <param name="Cpus">Virtual processors.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="DiskBytes">Most bytes that its disk may grow to; null takes the runtime's default.</param>
/// <param name="Consoles">Its consoles.</param>
/// <param name="Networks">The networks it is attached to.</param>
/// <param name="Privileges">Rights beyond the plain machine.</param>
public sealed record LabMachineAnswer(
    string Name,
    string Title,
    ImageKind Kind,
    string Image,
    decimal Cpus,
    long MemoryBytes,
    long? DiskBytes,
    IReadOnlyList<LabConsoleAnswer> Consoles,
    IReadOnlyList<string> Networks,
    IReadOnlyList<MachinePrivilege> Privileges)
{
    internal static LabMachineAnswer Of(MachineDefinition machine) => new(
        machine.Name,
        machine.Title,
        machine.Kind,
        machine.Image,
        machine.Cpus,
        machine.MemoryBytes,
        machine.DiskBytes,
        [.. machine.Consoles.Select(c => new LabConsoleAnswer(c.Name, c.Kind, c.Port))],
        [.. machine.Networks.Select(n => n.Name)],
        machine.Privileges);
}

/// <summary>A console of a lab's machine.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Port">The TCP port of a web console.</param>
public sealed record LabConsoleAnswer(string Name, ConsoleKind Kind, int? Port);

/// <summary>A network of a lab.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Subnet">The subnet that its author fixed.</param>
/// <param name="Internet">Whether machines may reach the internet.</param>
public sealed record LabNetworkAnswer(string Name, string? Subnet, bool Internet);

/// <summary>A version of a lab.</summary>
/// <param name="Hash">Content hash of all its files.</param>
/// <param name="ImportedAt">When it last came in (UTC).</param>
public sealed record LabVersionAnswer(string Hash, DateTimeOffset ImportedAt);

/// <summary>A file of a lab version.</summary>
/// <param name="Path">Its path in the lab's folder.</param>
/// <param name="Bytes">Its size.</param>
public sealed record LabFileAnswer(string Path, long Bytes);

/// <summary>What is wrong with a lab; nothing, where the list of mistakes is empty.</summary>
/// <param name="Mistakes">All mistakes at once, each with its place and how to mend it.</param>
/// <param name="Warnings">What the runtimes of this server lack for the lab, each with the place that asks for it; empty while there are mistakes.</param>
public sealed record LabValidationAnswer(IReadOnlyList<LabMistake> Mistakes, IReadOnlyList<LabWarning> Warnings);
