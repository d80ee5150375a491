using System.Net.Sockets;
using LabOrchestrator.Conformance;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>The machine's end of a console.</summary>
internal sealed class MachineEnd(Socket socket) : IDisposable
{
    public Socket Socket { get; } = socket;

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await Socket.SendAsync(bytes)..];
        }
    }

    /// <summary>Reads exactly so many bytes.</summary>
    public async Task<byte[]> ReceiveAsync(int count)
    {
        var bytes = new byte[count];
        using var limit = Eventually.Limit();
        for (var got = 0; got < count;)
        {
            var received = await Socket.ReceiveAsync(bytes.AsMemory(got), limit.Token);
            received.ShouldBeGreaterThan(0, $"the console ended after {got} of {count} bytes");
            got += received;
        }

        return bytes;
    }

    /// <summary>Waits until the gateway has hung up; what still comes is thrown away.</summary>
    public async Task WaitForEndAsync()
    {
        var bytes = new byte[65_536];
        using var limit = Eventually.Limit();
        try
        {
            while (await Socket.ReceiveAsync(bytes, limit.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: as ended as can be.
        }
    }

    public void Dispose() => Socket.Dispose();
}
