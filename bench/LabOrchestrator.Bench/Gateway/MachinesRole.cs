using System.Globalization;
using System.Net.Sockets;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>The machines' side, in a process of its own: consoles behind one unix socket that flood, echo or keep still.</summary>
internal static class MachinesRole
{
    private const int SendSize = 65_536;

    /// <summary>Arguments: <c>flood PATH BYTES</c>, <c>echo PATH</c> or <c>still PATH</c>.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        File.Delete(arguments[1]);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(arguments[1]));
        listener.Listen(4096);
        Console.WriteLine("ready");
        while (true)
        {
            var console = await listener.AcceptAsync();
            await console.SendAsync(RawBrowser.Greeting);
            switch (arguments[0])
            {
                case "flood":
                    var bytes = long.Parse(arguments[2], CultureInfo.InvariantCulture);
                    new Thread(() => Flood(console, bytes)) { IsBackground = true }.Start();
                    break;
                case "echo":
                    _ = EchoAsync(console);
                    break;
                default:
                    _ = KeepStillAsync(console);
                    break;
            }
        }
    }

    private static void Flood(Socket console, long bytes)
    {
        using var _ = console;
        var data = new byte[SendSize];
        try
        {
            for (var heard = 0; heard < RawBrowser.Handshake.Length;)
            {
                if (console.Receive(data) is > 0 and var got)
                {
                    heard += got;
                }
                else
                {
                    return;
                }
            }

            for (; bytes > 0; bytes -= SendSize)
            {
                console.Send(data.AsSpan(0, (int)Math.Min(bytes, SendSize)));
            }

            // Not ended from here: websockify would throw away what it has not sent yet.
            while (console.Receive(data) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The relay has hung up; the browsers say whether anything was missing.
        }
    }

    private static async Task EchoAsync(Socket console)
    {
        using var _ = console;
        var data = new byte[4096];
        try
        {
            while (await console.ReceiveAsync(data) is > 0 and var got)
            {
                await console.SendAsync(data.AsMemory(0, got));
            }
        }
        catch (SocketException)
        {
            // As above.
        }
    }

    private static async Task KeepStillAsync(Socket console)
    {
        using var _ = console;
        var one = new byte[1];
        try
        {
            await console.ReceiveAsync(Memory<byte>.Empty);
            while (await console.ReceiveAsync(one) > 0)
            {
                await console.ReceiveAsync(Memory<byte>.Empty);
            }
        }
        catch (SocketException)
        {
            // As above.
        }
    }
}
