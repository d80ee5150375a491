namespace LabOrchestrator.Labs.Cluster;

/// <summary>How far containers may go that an author describes.</summary>
/// <param name="Capabilities">The capabilities that they may add.</param>
/// <param name="MayEscalate">Their programs may gain rights that their parents do not have, as <c>sudo</c> does.</param>
internal sealed record ContainerLimits(IReadOnlyCollection<string> Capabilities, bool MayEscalate)
{
    /// <summary>Those of pods that an author adds: a machine's with the privilege <c>sudo</c>.</summary>
    public static ContainerLimits OfAuthors { get; } = Of([MachinePrivilege.Sudo]);

    /// <summary>Those of a machine.</summary>
    public static ContainerLimits Of(IReadOnlyCollection<MachinePrivilege> privileges) =>
        new(MachineCapabilities.Of(privileges), privileges.Contains(MachinePrivilege.Sudo));
}
