using System.Text;

namespace LabOrchestrator.Server.Gateway;

/// <summary>Sets Kestrel up for consoles.</summary>
public static class GatewayKestrel
{
    /// <summary>
    /// Lets Kestrel take a whole screen at once instead of 64 KiB: then relaying is not a chain of hand-overs between threads.
    /// A slow browser may hold as much. Headers of machines may have any bytes.
    /// </summary>
    public static IWebHostBuilder ConfigureGatewayKestrel(this IWebHostBuilder builder) =>
        builder.UseSockets(o => o.MaxWriteBufferSize = 1 << 20).ConfigureKestrel(o =>
        {
            o.AddServerHeader = false;
            o.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        });
}
