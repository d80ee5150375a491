namespace LabOrchestrator.Server.WebPorts;

/// <summary>Leads redirections of machines, which know neither their address for browsers nor a path before it, to where the page is.</summary>
internal static class WebLocation
{
    /// <summary>On a host of its own: an address of the machine itself becomes one of that host.</summary>
    public static string OnItsHost(string value, HttpRequest request, WebPlace place) =>
        PathOnMachine(value, request, place) ?? value;

    /// <summary>On a path of this server: an address of the machine itself, or a path, gets the prefix; others stay.</summary>
    public static string BelowPrefix(string value, HttpRequest request, WebPlace place)
    {
        // The header Refresh: seconds, then an address.
        var url = value.IndexOf("url=", StringComparison.OrdinalIgnoreCase);
        if (url >= 0 && char.IsAsciiDigit(value[0]))
        {
            return value[..(url + 4)] + BelowPrefix(value[(url + 4)..].Trim(' ', '"', '\''), request, place);
        }

        var prefix = ((WebPlace.Path)place).Prefix;
        var path = PathOnMachine(value, request, place) ?? value;
        return path is ['/', not ('/' or '\\'), ..] or "/" && !path.StartsWith(prefix + "/", StringComparison.Ordinal) ? prefix + path : path;
    }

    private static string? PathOnMachine(string value, HttpRequest request, WebPlace place) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && IsMachine(uri, request, place)
            ? value[value.IndexOf("//", StringComparison.Ordinal)..] is var rest && rest.AsSpan(2).IndexOfAny("/?#") is var end && end < 0
                ? "/"
                : (rest[end + 2] == '/' ? "" : "/") + rest[(end + 2)..]
            : null;

    private static bool IsMachine(Uri uri, HttpRequest request, WebPlace place)
    {
        var port = place switch
        {
            WebPlace.Host host => host.Port,
            WebPlace.Path path => path.Port,
            _ => null,
        };
        return uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)
            || (port is not null && uri.Port == port.Port && (uri.Host == port.Machine || uri.IsLoopback));
    }
}
