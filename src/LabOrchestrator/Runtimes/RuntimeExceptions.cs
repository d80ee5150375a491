namespace LabOrchestrator.Runtimes;

/// <summary>The engine is away or too busy. Nothing is lost; the caller tries again later.</summary>
public sealed class RuntimeUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An instance or machine cannot be made real; the message is the engine's reason with a remedy where there is one.</summary>
/// <param name="message">The reason.</param>
/// <param name="machine">The machine at fault, or null.</param>
/// <param name="inner">The cause.</param>
public sealed class InstanceFailedException(string message, string? machine = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The machine at fault, or null when it is the instance.</summary>
    public string? Machine { get; } = machine;
}

/// <summary>The engine has lost a machine, and its lab does not want it made again: the instance ends.</summary>
/// <param name="machine">The machine.</param>
public sealed class MachineLostException(string machine)
    : Exception($"The engine has lost \"{machine}\", and the lab ends then (onLoss: fail). Start it again.");

/// <summary>A console cannot be opened now.</summary>
public sealed class ConsoleUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The machine runs, and refuses connections to a port.</summary>
    public static ConsoleUnavailableException NothingListens(string machine, int port) => new(
        $"Nothing listens on port {port} of the machine \"{machine}\" yet. Start the program that serves it, on all the machine's addresses.");
}
