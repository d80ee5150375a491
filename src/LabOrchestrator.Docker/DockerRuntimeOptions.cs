using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker;

/// <summary>Settings of the Docker runtime, section <see cref="Section"/>.</summary>
public sealed class DockerRuntimeOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Docker";

    private const string UnixScheme = "unix://";

    /// <summary>The engine's unix socket; by default what <c>DOCKER_HOST</c> names, else <c>/var/run/docker.sock</c>.</summary>
    public string Endpoint { get; set; } = Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host
        ? host
        : "/var/run/docker.sock";

    /// <summary>
    /// Folder of the machines' sockets, on the engine's host and, where the server is a container, at the same path inside.
    /// By default <c>/run/lab-orchestrator</c> for root and <c>$XDG_RUNTIME_DIR/lab-orchestrator</c> for others.
    /// </summary>
    public string RunDirectory { get; set; } = DefaultRunDirectory();

    /// <summary>Where the subnets of the labs' networks come from, in CIDR form; nothing else on the host may use it.</summary>
    public string AddressPool { get; set; } = "10.213.0.0/16";

    /// <summary>Image of the launchers of VMs.</summary>
    public string LauncherImage { get; set; } = "lab-orchestrator/launcher:1";

    /// <summary>Image of the instances' helpers.</summary>
    public string HelperImage { get; set; } = "lab-orchestrator/helper:1";

    /// <summary>Bytes that a container's own files may take where the lab sets no limit: 4 GiB. Its volumes have sizes of their own.</summary>
    public long DiskBytes { get; set; } = 4L << 30;

    /// <summary>Ranges beyond the private ones that machines with access to the internet may not reach, as CIDR; comma-separated.</summary>
    public string Forbidden { get; set; } = "";

    /// <summary>
    /// Addresses of the name servers that know names outside for labs with access to the internet; comma-separated. By default those of
    /// the engine's host.
    /// </summary>
    public string NameServers { get; set; } = "";

    /// <summary>How long QEMU may take until its screen answers: it does so before the guest boots, also where the host is slow.</summary>
    internal TimeSpan LaunchPatience { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Path of the engine's socket.</summary>
    internal string SocketPath => Endpoint.StartsWith(UnixScheme, StringComparison.Ordinal) ? Endpoint[UnixScheme.Length..] : Endpoint;

    /// <summary>What is wrong with the settings; each sentence begins with the key.</summary>
    public IReadOnlyList<string> Validate()
    {
        var mistakes = new List<string>();
        if (!Path.IsPathFullyQualified(SocketPath))
        {
            mistakes.Add($"{Section}__Endpoint must be the path of the engine's unix socket, such as /var/run/docker.sock, not \"{Endpoint}\".");
        }

        if (!Path.IsPathFullyQualified(RunDirectory) || RunDirectory.Contains(':', StringComparison.Ordinal))
        {
            mistakes.Add($"{Section}__RunDirectory must be an absolute path without a colon, not \"{RunDirectory}\".");
        }

        if (!Ipv4Subnet.TryParse(AddressPool, out var pool) || pool.Prefix > Ipv4Subnet.UsualPrefix)
        {
            mistakes.Add($"{Section}__AddressPool must be an IPv4 subnet of at least /{Ipv4Subnet.UsualPrefix}, such as 10.213.0.0/16, not \"{AddressPool}\".");
        }

        if (LauncherImage.Length == 0)
        {
            mistakes.Add($"{Section}__LauncherImage must name an image.");
        }

        if (HelperImage.Length == 0)
        {
            mistakes.Add($"{Section}__HelperImage must name an image.");
        }

        if (DiskBytes < 16 << 20)
        {
            mistakes.Add($"{Section}__DiskBytes must be at least 16777216 (16 MiB), not {DiskBytes}.");
        }

        foreach (var range in Comma(Forbidden).Where(r => !Ipv4Subnet.TryParse(r, out _)))
        {
            mistakes.Add($"{Section}__Forbidden must be IPv4 subnets such as 203.0.113.0/24 with commas between; \"{range}\" is none.");
        }

        foreach (var server in Comma(NameServers).Where(s => !Ipv4Subnet.TryParseAddress(s, out _)))
        {
            mistakes.Add($"{Section}__NameServers must be IPv4 addresses with commas between; \"{server}\" is none.");
        }

        return mistakes;
    }

    /// <summary>What a setting lists.</summary>
    internal static string[] Comma(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string DefaultRunDirectory()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return "/run/lab-orchestrator";
        }

        var folder = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return Path.Combine(folder is { Length: > 0 } ? folder : Path.GetTempPath(), $"lab-orchestrator{(folder is { Length: > 0 } ? "" : "-" + Environment.UserName)}");
    }
}
