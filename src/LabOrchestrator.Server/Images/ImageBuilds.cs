using System.Text.Json;
using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Images;

/// <summary>How far the building of base images is, as <c>images/build</c> writes it down.</summary>
internal sealed class ImageBuilds(Settings settings)
{
    private const long MostBytes = 1 << 20;

    /// <summary>All base images that were ever built here; empty when there is nothing to read.</summary>
    public async Task<IReadOnlyList<ImageBuild>> ListAsync(CancellationToken cancellationToken)
    {
        var file = new FileInfo(settings.Images.StateFile);
        if (!file.Exists || file.Length > MostBytes)
        {
            return [];
        }

        try
        {
            await using var content = file.OpenRead();
            return await JsonSerializer.DeserializeAsync<List<ImageBuild>>(content, JsonSerializerOptions.Web, cancellationToken) ?? [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
