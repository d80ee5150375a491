namespace LabOrchestrator.Docker.Engine;

/// <summary>A container to make.</summary>
internal sealed record ContainerCreation
{
    public required string Image { get; init; }

    public string? Hostname { get; init; }

    public string? User { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    public IReadOnlyList<string>? Cmd { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>What asks its first process to end; the image's by default, else <c>SIGTERM</c>.</summary>
    public string? StopSignal { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public HostConfig HostConfig { get; init; } = new();

    public NetworkingConfig? NetworkingConfig { get; init; }
}

/// <summary>The first network of a container.</summary>
internal sealed record NetworkingConfig(IReadOnlyDictionary<string, EndpointSettings> EndpointsConfig);

/// <summary>What a container may and gets of its host. Sizes in bytes.</summary>
internal sealed record HostConfig
{
    public string? NetworkMode { get; init; }

    public long? NanoCpus { get; init; }

    public long? Memory { get; init; }

    public long? MemorySwap { get; init; }

    public long? PidsLimit { get; init; }

    public IReadOnlyList<string>? CapAdd { get; init; }

    public IReadOnlyList<string>? CapDrop { get; init; }

    public IReadOnlyList<string>? SecurityOpt { get; init; }

    public bool? ReadonlyRootfs { get; init; }

    public IReadOnlyDictionary<string, string>? Tmpfs { get; init; }

    public IReadOnlyDictionary<string, string>? Sysctls { get; init; }

    public IReadOnlyList<MountSpec>? Mounts { get; init; }

    public IReadOnlyList<DeviceMapping>? Devices { get; init; }

    public IReadOnlyList<string>? Dns { get; init; }

    public IReadOnlyList<string>? DnsSearch { get; init; }

    public LogConfig? LogConfig { get; init; }
}

/// <summary>A volume or folder in a container.</summary>
/// <param name="Type"><c>volume</c> or <c>bind</c>.</param>
/// <param name="Source">Name of the volume, or path on the host.</param>
/// <param name="Target">Path in the container.</param>
internal sealed record MountSpec(string Type, string Source, string Target)
{
    public bool ReadOnly { get; init; }

    public VolumeOptions? VolumeOptions { get; init; }

    public static MountSpec Volume(
        string source, string target, bool readOnly = false, bool noCopy = true, IReadOnlyDictionary<string, string>? labels = null) =>
        new("volume", source, target) { ReadOnly = readOnly, VolumeOptions = new VolumeOptions(noCopy) { Labels = labels } };

    public static MountSpec Bind(string source, string target) => new("bind", source, target);
}

/// <summary>Whether an empty volume stays so, or takes what the image has at its place.</summary>
internal sealed record VolumeOptions(bool NoCopy)
{
    /// <summary>What a volume carries that is not there yet.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

/// <summary>A device of the host.</summary>
internal sealed record DeviceMapping(string PathOnHost, string PathInContainer, string CgroupPermissions = "rwm")
{
    public static DeviceMapping Of(string path) => new(path, path);
}

/// <summary>Where a container's output goes.</summary>
internal sealed record LogConfig(string Type, IReadOnlyDictionary<string, string> Config)
{
    /// <summary>At most two files of one megabyte.</summary>
    public static LogConfig Capped { get; } =
        new("json-file", new Dictionary<string, string> { ["max-size"] = "1m", ["max-file"] = "2" });
}
