using LabOrchestrator.Consoles;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.Gateway;

/// <summary>What a <see cref="ConsoleRequest"/> leads to.</summary>
internal abstract record ConsoleResolution
{
    private ConsoleResolution()
    {
    }

    /// <summary>The console, and who dials it.</summary>
    internal sealed record Found(ConsoleDefinition Console, IMachineConsoles Consoles) : ConsoleResolution;

    /// <summary>The web console, and who connects to its port.</summary>
    internal sealed record FoundPort(ConsoleDefinition Console, IMachinePorts Ports) : ConsoleResolution;

    /// <summary>There is no such instance, machine or console.</summary>
    internal sealed record Unknown(string Detail) : ConsoleResolution;

    /// <summary>The right has gone since the ticket was given out.</summary>
    internal sealed record Forbidden : ConsoleResolution;

    /// <summary>It is there, but cannot be opened as things are.</summary>
    internal sealed record NotNow(string Detail) : ConsoleResolution;
}
