using System.Globalization;

namespace LabOrchestrator.Runtimes;

/// <summary>
/// The program by which an instance's helper connects to a machine for us: what it is started with, and what it says on its standard
/// error. Its standard streams are the connection.
/// </summary>
public static class HelperRelay
{
    /// <summary>What it says once it has connected; what it says before that, it says of its attempt.</summary>
    public const string Connected = "starting data transfer loop";

    /// <summary>Most characters of it that are worth reading.</summary>
    public const int MostWords = 4096;

    private const int ConnectWithinSeconds = 5;

    /// <summary>
    /// Program and arguments that connect to an address. After our end has closed the machine may go on for a second; then it ends.
    /// </summary>
    public static IReadOnlyList<string> Command(string address, int port) =>
    [
        "socat", "-d", "-d", "-b", "65536", "-t", "1", "STDIO",
        string.Create(CultureInfo.InvariantCulture, $"TCP4:{address}:{port},connect-timeout={ConnectWithinSeconds},nodelay"),
    ];

    /// <summary>What its words mean when it ended without having connected.</summary>
    public static ConsoleUnavailableException Refusal(string words, string machine, int port) =>
        words.Contains("Connection refused", StringComparison.Ordinal)
            ? ConsoleUnavailableException.NothingListens(machine, port)
            : words.Contains("No route to host", StringComparison.Ordinal) || words.Contains("timed out", StringComparison.Ordinal)
                ? new ConsoleUnavailableException(
                    $"The machine \"{machine}\" does not answer on port {port}. It may still boot, may have lost its address, or may filter what comes in.")
                : new ConsoleUnavailableException($"The machine \"{machine}\" could not be reached on port {port}: {words.Trim()}");
}
