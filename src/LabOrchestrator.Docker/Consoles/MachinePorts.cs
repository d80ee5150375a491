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
            var words = await stream.ReadComplaintAsync(HelperRelay.Connected, HelperRelay.MostWords, cancellationToken).ConfigureAwait(false);
            return words.Contains(HelperRelay.Connected, StringComparison.Ordinal) ? stream : throw HelperRelay.Refusal(words, machine, port);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static ExecCreation Dial(string address, int port) => new()
    {
        Cmd = HelperRelay.Command(address, port),
        User = "nobody",
        AttachStdin = true,
        AttachStdout = true,
        AttachStderr = true,
    };
}
