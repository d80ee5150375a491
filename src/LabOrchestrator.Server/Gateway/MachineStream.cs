using System.Net.Sockets;

namespace LabOrchestrator.Server.Gateway;

/// <summary>Reads from machines with one kind of failure, so that it is told from a failure of the browser.</summary>
internal static class MachineStream
{
    /// <summary>Reads; an empty buffer waits until there is something to read.</summary>
    /// <exception cref="MachineGoneException">The read failed.</exception>
    public static async ValueTask<int> ReadFromMachineAsync(this Stream machine, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await machine.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw new MachineGoneException(e);
        }
    }
}
