using System.Text.Json.Serialization;

namespace LabOrchestrator.Docker.Engine;

/// <summary>An image of the engine.</summary>
internal sealed record ImageDetails
{
    public string Id { get; init; } = "";

    public IReadOnlyList<string>? RepoDigests { get; init; }

    public IReadOnlyList<string>? RepoTags { get; init; }

    public ImageConfig? Config { get; init; }
}

/// <summary>What an image says of its containers.</summary>
internal sealed record ImageConfig
{
    public string? User { get; init; }

    public IReadOnlyList<string>? Cmd { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

/// <summary>An image in a list.</summary>
internal sealed record ImageSummary
{
    public string Id { get; init; } = "";

    public IReadOnlyList<string>? RepoTags { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

/// <summary>A line of what a pull, load or import says.</summary>
internal sealed record ImageProgress
{
    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("id")]
    public string? Layer { get; init; }

    [JsonPropertyName("progressDetail")]
    public ImageProgressDetail? Detail { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("stream")]
    public string? Stream { get; init; }
}

/// <summary>How far a layer is, in bytes.</summary>
internal sealed record ImageProgressDetail(
    [property: JsonPropertyName("current")] long? Current, [property: JsonPropertyName("total")] long? Total);

/// <summary>Who pulls.</summary>
internal sealed record RegistryAuthentication(
    [property: JsonPropertyName("username")] string Username,
    [property: JsonPropertyName("password")] string Password,
    [property: JsonPropertyName("serveraddress")] string ServerAddress);
