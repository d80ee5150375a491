using System.ComponentModel.DataAnnotations;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Labs;

/// <summary>The catalogue of labs.</summary>
internal static class LabEndpoints
{
    public static void MapLabs(this IEndpointRouteBuilder api)
    {
        var labs = api.MapGroup("/labs").WithTags("Labs");
        labs.MapGet("", ListAsync).WithName("ListLabs").WithSummary("All labs, by title.");
        labs.MapPost("", ImportAsync).WithName("ImportLab").Accepts<string>("application/zip", "application/yaml")
            .WithSummary("Makes a zip archive of a lab's folder, or the text of a lab.yaml, the newest version of the lab it names, and warns of what runtimes lack for it; for authors.")
            .Answers<LabImportAnswer>(201).MayBe(400, 403, 413, 415);
        labs.MapPost("/validate", ValidateAsync).WithName("ValidateLab").Accepts<string>("application/zip", "application/yaml")
            .WithSummary("Says what is wrong with a lab, and what runtimes lack for it, without keeping it; for authors.").Answers<LabValidationAnswer>(200).MayBe(403, 413, 415);
        labs.MapGet("/{id:long}", FindAsync).WithName("FindLab").WithSummary("A lab with its machines, and what it misses on which runtime.").Answers<LabDetailAnswer>(200).MayBe(404);
        labs.MapDelete("/{id:long}", RemoveAsync).WithName("RemoveLab").WithSummary("Takes a lab out of the catalogue; its instances go on. For authors.")
            .Answers(204).MayBe(403, 404);
        labs.MapGet("/{id:long}/versions", ListVersionsAsync).WithName("ListLabVersions").WithSummary("A lab's versions, newest first; for authors.")
            .Answers<IReadOnlyList<LabVersionAnswer>>(200).MayBe(403, 404);
        labs.MapGet("/{id:long}/versions/{hash}/files", ListFilesAsync).WithName("ListLabFiles").WithSummary("The files of a lab version; for authors.")
            .Answers<IReadOnlyList<LabFileAnswer>>(200).MayBe(403, 404);
        labs.MapGet("/{id:long}/versions/{hash}/files/{**path}", FindFileAsync).WithName("FindLabFile").WithSummary("A file of a lab version; for authors.")
            .Produces(200, contentType: "application/octet-stream").MayBe(403, 404);
    }

    private static async Task<Ok<IReadOnlyList<LabAnswer>>> ListAsync(LabCatalogue labs, CancellationToken cancellationToken) =>
        TypedResults.Ok<IReadOnlyList<LabAnswer>>([.. (await labs.ListAsync(cancellationToken)).Select(LabAnswer.Of)]);

    private static async Task<IResult> ImportAsync(
        HttpRequest request, Caller caller, Rights rights, LabCatalogue labs, CancellationToken cancellationToken, [StringLength(63)] string? namespacePrefix = null)
    {
        if (rights.Deny(caller, LabAction.WriteLabs) is { } denied)
        {
            return denied;
        }

        if (await LabUpload.ReadAsync(request, cancellationToken) is not { } upload)
        {
            return LabUpload.UnknownType();
        }

        if (upload.Files is not { } files)
        {
            return LabUpload.Wrong(upload.Mistakes);
        }

        var import = await labs.ImportAsync(files, namespacePrefix, rights.PublisherFor(caller), cancellationToken);
        return import.Lab is { } lab ? TypedResults.Created($"/api/v1/labs/{lab.Id}", LabImportAnswer.Of(lab, import.Warnings)) : LabUpload.Wrong(import.Mistakes);
    }

    private static async Task<IResult> ValidateAsync(
        HttpRequest request, Caller caller, Rights rights, LabCatalogue labs, LabWarnings warnings, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.WriteLabs) is { } denied)
        {
            return denied;
        }

        if (await LabUpload.ReadAsync(request, cancellationToken) is not { } upload)
        {
            return LabUpload.UnknownType();
        }

        var reading = upload.Files is { } files ? await labs.ValidateAsync(files, cancellationToken) : new LabReading(null, upload.Mistakes);
        return TypedResults.Ok(new LabValidationAnswer(reading.Mistakes, await warnings.OfAsync(reading.Requirements, cancellationToken)));
    }

    private static async Task<IResult> FindAsync(long id, LabCatalogue labs, LabRuntimes runtimes, CancellationToken cancellationToken) =>
        await labs.FindAsync(id, cancellationToken) is { } lab && await labs.FindDefinitionAsync(lab, cancellationToken) is { } definition
            ? TypedResults.Ok(LabDetailAnswer.Of(lab, definition, runtimes))
            : NotFound(id);

    private static async Task<IResult> RemoveAsync(long id, Caller caller, Rights rights, LabCatalogue labs, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.WriteLabs) is { } denied ? denied
        : await labs.RemoveAsync(id, cancellationToken) ? TypedResults.NoContent()
        : NotFound(id);

    private static async Task<IResult> ListVersionsAsync(long id, Caller caller, Rights rights, ILabStore store, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.WriteLabs) is { } denied)
        {
            return denied;
        }

        var versions = await store.ListVersionsAsync(id, cancellationToken);
        return versions.Count == 0 ? NotFound(id) : TypedResults.Ok(versions.Select(v => new LabVersionAnswer(v.Hash, v.ImportedAt)));
    }

    private static async Task<IResult> ListFilesAsync(
        long id, string hash, Caller caller, Rights rights, ILabStore store, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.WriteLabs) is { } denied ? denied
        : await store.FindVersionAsync(id, hash, cancellationToken) is { } version
            ? TypedResults.Ok(version.Files.Files.Select(f => new LabFileAnswer(f.Key, f.Value.Length)))
            : Problems.NotFound($"There is no version {hash} of lab {id}.");

    private static async Task<IResult> FindFileAsync(
        long id, string hash, string path, Caller caller, Rights rights, ILabStore store, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.WriteLabs) is { } denied ? denied
        : await store.FindVersionAsync(id, hash, cancellationToken) is { } version && version.Files.Files.TryGetValue(path, out var content)
            ? TypedResults.Bytes(content, "application/octet-stream", Path.GetFileName(path))
            : Problems.NotFound($"There is no file \"{path}\" in version {hash} of lab {id}.");

    private static ProblemHttpResult NotFound(long id) => Problems.NotFound($"There is no lab {id}.");
}
