using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Images;

/// <summary>Finds the base images, which were built here and describe themselves by labels.</summary>
internal sealed class LabelledImages(DockerRuntimeOptions options, TimeProvider time) : IImageSource, IDisposable
{
    private const string Prefix = "lab-orchestrator/";
    private const string KindLabel = "lab-orchestrator.kind";
    private const string UserLabel = "lab-orchestrator.user";
    private const string DescriptionLabel = "lab-orchestrator.description";

    private readonly EngineClient _engine = new(options.SocketPath, time);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Image>> ListAsync(CancellationToken cancellationToken)
    {
        var found = await FindAsync(cancellationToken).ConfigureAwait(false);

        // Images derived from ours inherit the labels; they are their makers' to put into the catalogue.
        return [.. found
            .SelectMany(i => (i.RepoTags ?? []).Where(t => t.StartsWith(Prefix, StringComparison.Ordinal)).Select(t => Read(t, i.Labels)))
            .OfType<Image>()];
    }

    /// <summary>The labels by which an uploaded disk describes itself. It is no base image, and not looked for here.</summary>
    public static Dictionary<string, string> LabelsOf(DiskImage disk, Installation installation) => new(EngineLabels.Shared(installation, EngineRoles.ImageContent))
    {
        [KindLabel] = "vm",
        [UserLabel] = disk.LoginUser ?? "",
        [DescriptionLabel] = disk.Description,
    };

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    private async Task<IReadOnlyList<ImageSummary>> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _engine.Images.ListAsync([KindLabel], cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            throw new RuntimeUnavailableException($"Docker Engine refused: {e.Message}", e);
        }
    }

    private static Image? Read(string reference, IReadOnlyDictionary<string, string>? labels) => labels?.GetValueOrDefault(KindLabel) switch
    {
        "vm" => Read(reference, ImageKind.Vm, labels),
        "container" => Read(reference, ImageKind.Container, labels),
        _ => null,
    };

    private static Image Read(string reference, ImageKind kind, IReadOnlyDictionary<string, string> labels) =>
        new(0, ImageReference.RepositoryOf(reference)[Prefix.Length..], reference, kind, labels.GetValueOrDefault(DescriptionLabel) ?? "")
        {
            LoginUser = labels.GetValueOrDefault(UserLabel) is { Length: > 0 } user ? user : null,
        };
}
