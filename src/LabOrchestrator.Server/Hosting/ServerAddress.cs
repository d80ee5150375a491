using LabOrchestrator.Server.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LabOrchestrator.Server.Hosting;

/// <summary>The address to type into a browser.</summary>
internal static class ServerAddress
{
    /// <summary>The address of a server that listens.</summary>
    public static Uri Of(IServiceProvider services)
    {
        var http = services.GetRequiredService<Settings>().Http;
        var bound = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var first = new Uri(bound.First().Replace("[::]", "localhost", StringComparison.Ordinal));
        var host = http.Listen is "localhost" ? "localhost" : http.Listen is "*" or "0.0.0.0" or "::" ? Environment.MachineName : first.Host;
        return new UriBuilder(first.Scheme, host, first.Port).Uri;
    }
}
