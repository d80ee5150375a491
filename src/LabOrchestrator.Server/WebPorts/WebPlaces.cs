using LabOrchestrator.Server.Configuration;
using Microsoft.AspNetCore.Http.Features;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>Knows the addresses of web ports: which request is for one, and where the browser finds one.</summary>
internal sealed class WebPlaces(Settings settings)
{
    /// <summary>Path that takes tickets, on a port's own host. Nothing below its folder comes to the machine.</summary>
    public const string HostEntrance = "/.lab-orchestrator/open";

    /// <summary>Path below which web ports are where they have no hosts.</summary>
    public const string Root = "/apps";

    private const string PathEntrance = Root + "/open";

    private readonly string _suffix = "." + settings.Apps.Domain;

    /// <summary>The place of a request; null when it is for this server itself.</summary>
    public WebPlace? Find(HttpRequest request)
    {
        if (settings.Apps.Domain.Length > 0)
        {
            var host = request.Host.Host.TrimEnd('.');
            if (host.EndsWith(_suffix, StringComparison.OrdinalIgnoreCase))
            {
                return WebPort.Parse(host[..^_suffix.Length].ToLowerInvariant()) is { } port ? new WebPlace.Host(port) : new WebPlace.Nowhere();
            }
        }

        return !request.Path.StartsWithSegments(Root) ? null : HasHosts(request) ? new WebPlace.Nowhere() : OnPath(request);
    }

    /// <summary>
    /// Whether the browser that made a request finds the hosts of web ports: there is a domain, and where it only leads to this machine
    /// itself, that is where the browser is.
    /// </summary>
    public bool HasHosts(HttpRequest request) => settings.Apps.Domain.Length > 0 && (!settings.Apps.IsLocal || IsLocal(request.Host.Host));

    /// <summary>The address at which a ticket opens a port, for the page that made a request.</summary>
    public string EntranceFor(HttpRequest request, WebPort port, string ticket) => HasHosts(request)
        ? $"{request.Scheme}://{port.Label}{_suffix}{PortOf(request)}{HostEntrance}?ticket={ticket}&page={Uri.EscapeDataString(OriginOf(request))}"
        : $"{PathEntrance}?ticket={ticket}&port={port.Label}";

    /// <summary>What a page may show in frames: web ports alone, as a source of a Content-Security-Policy.</summary>
    public string FrameSourcesFor(HttpRequest request) => HasHosts(request) ? $"{request.Scheme}://*{_suffix}{PortOf(request)}" : "'self'";

    /// <summary>Path of a port's root on this server, without the slash at its end.</summary>
    public static string PathOf(WebPort port, string secret) => $"{Root}/{port.InstanceId}/{port.Machine}/{port.Port}/{secret}";

    /// <summary>The origin that a request was sent to.</summary>
    public static string OriginOf(HttpRequest request) => $"{request.Scheme}://{request.Host.Value}";

    /// <summary>Path and query as the browser sent them, with nothing decoded; null for other forms of the request's target.</summary>
    public static string? TargetOf(HttpRequest request) =>
        request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget is ['/', ..] target ? target : null;

    private static WebPlace OnPath(HttpRequest request)
    {
        if (request.Path == PathEntrance)
        {
            return new WebPlace.PathEntrance();
        }

        return TargetOf(request)?.Split('?')[0].Split('/') is ["", _, var instance, var machine, var number, var secret, ..]
            && WebPort.Of(instance, machine, number) is { } port
            && secret.Length == Consoles.WebSessions.SecretLength
                ? new WebPlace.Path(port, secret, PathOf(port, secret))
                : new WebPlace.Nowhere();
    }

    private static bool IsLocal(string host) =>
        host is "localhost" or "127.0.0.1" or "[::1]" || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    private static string PortOf(HttpRequest request) => request.Host.Port is { } port ? $":{port}" : "";
}
