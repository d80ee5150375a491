using LabOrchestrator.Labs;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.Labs;

/// <summary>A lab in the body of a request: a zip archive of its folder, or the text of its lab.yaml.</summary>
internal static class LabUpload
{
    private static readonly string[] Archives = ["application/zip", "application/x-zip-compressed", "application/octet-stream"];
    private static readonly string[] Texts = ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain"];

    /// <summary>The media types that are understood.</summary>
    public static IEnumerable<string> MediaTypes => [.. Archives, .. Texts];

    /// <summary>Reads the files; null when the media type is another.</summary>
    public static async Task<LabFilesReading?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value ?? "" : "";
        var isArchive = Archives.Contains(type, StringComparer.OrdinalIgnoreCase);
        if (!isArchive && !Texts.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        body.Position = 0;
        return isArchive
            ? LabArchive.Read(body)
            : new LabFilesReading(new LabFiles([KeyValuePair.Create(LabFiles.DefinitionPath, (ReadOnlyMemory<byte>)body.ToArray())]), []);
    }

    /// <summary>415, with what is understood.</summary>
    public static IResult UnknownType() => TypedResults.Problem(
        $"Send the lab as a zip archive (application/zip) or the text of its lab.yaml (application/yaml). Understood are: {string.Join(", ", MediaTypes)}.",
        statusCode: StatusCodes.Status415UnsupportedMediaType);

    /// <summary>400 that names every mistake with its place.</summary>
    public static IResult Wrong(IReadOnlyList<LabMistake> mistakes) => TypedResults.ValidationProblem(
        mistakes.GroupBy(PlaceOf).ToDictionary(g => g.Key, g => g.Select(m => $"{m.Message} {m.Remedy}").ToArray()),
        "The lab has mistakes. Their places and remedies are in \"mistakes\".",
        extensions: new Dictionary<string, object?> { ["mistakes"] = mistakes });

    private static string PlaceOf(LabMistake mistake) =>
        mistake.Path.Length > 0 ? mistake.Path : mistake.File.Length > 0 ? mistake.File : "lab";
}
