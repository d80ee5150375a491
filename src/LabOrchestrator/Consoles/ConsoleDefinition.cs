namespace LabOrchestrator.Consoles;

/// <summary>A console of a machine.</summary>
/// <param name="Name">DNS label, unique in the machine; by default the kind in lower case.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Port">The TCP port of a web console; null for the others.</param>
public sealed record ConsoleDefinition(string Name, ConsoleKind Kind, int? Port = null);
