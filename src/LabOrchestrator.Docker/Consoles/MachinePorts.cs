using System.Globalization;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Consoles;

/// <summary>
/// Connects to ports of machines. The host has no address in a lab, so the connection is made by the instance's helper, to the address
/// that we gave to the machine, and comes to us through an exec stream.
/// </summary>
internal sealed class MachinePorts(EngineClient engine, EngineNames names, Installation installation)
{
    private const int ConnectWithinSeconds = 5;

    // What socat says once it has connected; what it says before that, it says of its attempt.
    private const string Connected = "starting data transfer loop";
    private const int MostWords = 4096;

    /// <exception cref="ConsoleUnavailableException">The machine or the helper does not run, or the machine does not accept.</exception>
    public async Task<Stream> OpenAsync(long instanceId, string machine, int port, CancellationToken cancellationToken)
    {
        var containers = await engine.Containers.ListAsync([.. EngineLabels.Of(installation, instanceId)], cancellationToken).ConfigureAwait(false);
        var helper = containers.FirstOrDefault(c => c.Labels.GetValueOrDefault(EngineLabels.Role) == EngineRoles.Helper && c.State == ContainerStates.Running);
        var address = AddressOf(containers, instanceId, machine);
        if (helper is null)
        {
            throw new ConsoleUnavailableException("The lab's network is not up. Wait until the lab runs, or let it go on where it is paused.");
        }

        try
        {
            var stream = await engine.Execs.OpenAsync(helper.Id, Dial(address, port), cancellationToken).ConfigureAwait(false);
            return await ConnectedAsync(stream, machine, port, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsConflict || e.IsNotFound)
        {
            throw new ConsoleUnavailableException(e.Message, e);
        }
    }

    private string AddressOf(IReadOnlyList<ContainerSummary> containers, long instanceId, string machine)
    {
        var prefix = names.InstancePrefix(instanceId);
        var found = containers.FirstOrDefault(c =>
            c.Labels.GetValueOrDefault(EngineLabels.Machine) == machine
            && c.State == ContainerStates.Running
            && MachineName.Parse(c.Name[prefix.Length..])?.Machine == machine)
            ?? throw new ConsoleUnavailableException($"The machine \"{machine}\" does not run.");
        return found.Labels.GetValueOrDefault(EngineLabels.Addresses, "").Split(',')[0] is { Length: > 0 } address
            ? address
            : throw new ConsoleUnavailableException($"The machine \"{machine}\" is in no network, so its ports cannot be reached.");
    }

    private static async Task<Stream> ConnectedAsync(ExecStream stream, string machine, int port, CancellationToken cancellationToken)
    {
        try
        {
            var words = await stream.ReadComplaintAsync(Connected, MostWords, cancellationToken).ConfigureAwait(false);
            return words.Contains(Connected, StringComparison.Ordinal) ? stream : throw Refusal(words, machine, port);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static ConsoleUnavailableException Refusal(string words, string machine, int port) =>
        words.Contains("Connection refused", StringComparison.Ordinal)
            ? ConsoleUnavailableException.NothingListens(machine, port)
            : words.Contains("No route to host", StringComparison.Ordinal) || words.Contains("timed out", StringComparison.Ordinal)
                ? new ConsoleUnavailableException(
                    $"The machine \"{machine}\" does not answer on port {port}. It may still boot, may have lost its address, or may filter what comes in.")
                : new ConsoleUnavailableException($"The machine \"{machine}\" could not be reached on port {port}: {words.Trim()}");

    // After our end has closed the machine may go on for a second; then the helper lets go of it.
    private static ExecCreation Dial(string address, int port) => new()
    {
        Cmd =
        [
            "socat", "-d", "-d", "-b", "65536", "-t", "1", "STDIO",
            string.Create(CultureInfo.InvariantCulture, $"TCP4:{address}:{port},connect-timeout={ConnectWithinSeconds},nodelay"),
        ],
        User = "nobody",
        AttachStdin = true,
        AttachStdout = true,
        AttachStderr = true,
    };
}
