using System.Net;
using System.Text;
using System.Text.Json;

namespace LabOrchestrator.Docker.Engine;

/// <summary>Images of the engine.</summary>
internal sealed class EngineImages(EngineConnection connection)
{
    /// <summary>The image of that reference or identity, or null.</summary>
    public async Task<ImageDetails?> FindAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.GetAsync($"images/{reference}/json", EngineJson.Default.ImageDetails, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound || e.Status == HttpStatusCode.BadRequest)
        {
            return null;
        }
    }

    /// <summary>Images that carry the labels.</summary>
    public async Task<IReadOnlyList<ImageSummary>> ListAsync(IEnumerable<string> labels, CancellationToken cancellationToken) =>
        await connection.GetAsync($"images/json?{Filters.Labels(labels)}", EngineJson.Default.ListImageSummary, cancellationToken).ConfigureAwait(false);

    /// <summary>Fetches an image from its registry; reports percent of the bytes known so far.</summary>
    /// <exception cref="EngineException">The registry does not answer, or has no such image for us.</exception>
    public async Task PullAsync(
        string reference, RegistryAuthentication? authentication, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>();
        if (authentication is not null)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(authentication, EngineJson.Default.RegistryAuthentication);
            headers["X-Registry-Auth"] = Convert.ToBase64String(json).Replace('+', '-').Replace('/', '_');
        }

        using var response = await connection.StreamAsync(
            HttpMethod.Post, $"images/create?fromImage={Uri.EscapeDataString(WithTag(reference))}", null, headers, cancellationToken).ConfigureAwait(false);
        await FollowAsync(response, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads a docker-archive.</summary>
    public async Task LoadAsync(Stream archive, CancellationToken cancellationToken)
    {
        using var content = new StreamContent(archive);
        content.Headers.ContentType = new("application/x-tar");
        using var response = await connection.StreamAsync(
            HttpMethod.Post, "images/load?quiet=1", content, null, cancellationToken).ConfigureAwait(false);
        await FollowAsync(response, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes an image of a tar with its files; one of that reference loses it.</summary>
    public async Task ImportAsync(Stream tar, string reference, IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        var changes = string.Concat(labels.Select(l => $"&changes={Uri.EscapeDataString($"LABEL {Quoted(l.Key)}={Quoted(l.Value)}")}"));
        var colon = reference.LastIndexOf(':');
        using var content = new StreamContent(tar);
        content.Headers.ContentType = new("application/x-tar");
        using var response = await connection.StreamAsync(
            HttpMethod.Post,
            $"images/create?fromSrc=-&repo={Uri.EscapeDataString(reference[..colon])}&tag={Uri.EscapeDataString(reference[(colon + 1)..])}{changes}",
            content, null, cancellationToken).ConfigureAwait(false);
        await FollowAsync(response, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a reference from its image, which is deleted unless a container was made of it.</summary>
    public async Task ForgetAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CallAsync(HttpMethod.Delete, $"images/{reference}?force=1", cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
        }
    }

    public async Task RemoveAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CallAsync(HttpMethod.Delete, $"images/{reference}", cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
        }
    }

    // Without a tag the engine would pull every tag of the repository.
    internal static string WithTag(string reference)
    {
        var name = reference.AsSpan(reference.LastIndexOf('/') + 1);
        return name.Contains(':') || reference.Contains('@', StringComparison.Ordinal) ? reference : reference + ":latest";
    }

    // As in a Dockerfile.
    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal)}\"";

    // The engine answers 200 before it begins; its failure is a line of the body.
    private static async Task FollowAsync(HttpResponseMessage response, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var layers = new Dictionary<string, (long Current, long Total)>();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            var said = line.Length == 0 ? null : JsonSerializer.Deserialize(line, EngineJson.Default.ImageProgress);
            if (said?.Error is { } error)
            {
                throw new EngineException(HttpStatusCode.InternalServerError, error);
            }

            if (said is { Layer: { } layer, Status: "Downloading", Detail: { Current: { } current, Total: > 0 and var total } })
            {
                layers[layer] = (current, total);
                progress?.Report((int)(100 * layers.Values.Sum(l => l.Current) / layers.Values.Sum(l => l.Total)));
            }
        }
    }
}
