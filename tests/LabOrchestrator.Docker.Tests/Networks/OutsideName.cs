using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>A name of the world outside that this machine itself can resolve where it can resolve any: where its packages come from.</summary>
internal static class OutsideName
{
    /// <summary>The name.</summary>
    public static string Value { get; } = Find();

    private static string Find()
    {
        var start = new ProcessStartInfo("apt-get", ["indextargets", "--format", "$(SITE)"]) { RedirectStandardOutput = true };
        using var apt = Process.Start(start)!;
        var names = apt.StandardOutput.ReadToEnd().Split('\n').Where(s => Uri.IsWellFormedUriString(s, UriKind.Absolute)).Select(s => new Uri(s).Host);
        return names.Distinct().FirstOrDefault(Resolves) ?? "example.org";
    }

    private static bool Resolves(string name)
    {
        try
        {
            return name.Length > 0 && Dns.GetHostAddresses(name).Length > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
