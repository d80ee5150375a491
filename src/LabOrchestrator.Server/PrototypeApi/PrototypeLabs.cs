using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>Labs of the prototype: each is one machine of one image.</summary>
internal static class PrototypeLabs
{
    public static void MapPrototypeLabs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/lab", ListAsync);
        routes.MapPost("/lab", AddAsync);
        routes.MapGet("/lab/{id:long}", FindAsync);
        routes.MapDelete("/lab/{id:long}", RemoveAsync);
    }

    private static async Task<IResult> ListAsync(
        Caller caller, Rights rights, LabCatalogue labs, IImageStore images, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.UseLabs) is { } denied)
        {
            return denied;
        }

        var known = await images.ListAsync(cancellationToken);
        var answers = new List<LabAnswer>();
        foreach (var lab in (await labs.ListAsync(cancellationToken)).OrderBy(l => l.Id))
        {
            answers.Add(await AnswerAsync(lab, labs, known, cancellationToken));
        }

        return TypedResults.Ok(answers);
    }

    private static async Task<IResult> FindAsync(
        long id, Caller caller, Rights rights, LabCatalogue labs, IImageStore images, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.UseLabs) is { } denied ? denied
        : await labs.FindAsync(id, cancellationToken) is { } lab
            ? TypedResults.Ok(await AnswerAsync(lab, labs, await images.ListAsync(cancellationToken), cancellationToken))
            : NoLab(id);

    private static async Task<IResult> AddAsync(
        PrototypeParameters parameters, Caller caller, Rights rights, LabCatalogue labs, IImageStore images, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.WriteLabs) is { } denied)
        {
            return denied;
        }

        var prototype = PrototypeLab.From(parameters);
        var image = parameters.Problem is null ? await images.FindAsync(prototype.ImageId, cancellationToken) : null;
        if (parameters.Problem is null && image is null)
        {
            parameters.Add("docker_image_id", $"There is no image {prototype.ImageId}. GET /docker_image lists them.");
        }

        if (parameters.Problem is { } problem)
        {
            return problem;
        }

        if ((await labs.ListAsync(cancellationToken)).FirstOrDefault(prototype.IsTakenBy) is { } other)
        {
            return Problems.Conflict($"The lab {other.Id} has this name or namespace_prefix already. Choose others.");
        }

        var import = await labs.ImportAsync(prototype.Compose(image!), prototype.NamespacePrefix, rights.PublisherFor(caller), cancellationToken);
        if (import.Lab is { } lab)
        {
            return TypedResults.Created($"/lab/{lab.Id}", AnswerOf(lab, image, prototype.MachineName));
        }

        foreach (var mistake in import.Mistakes)
        {
            parameters.Add(PrototypeLab.ParameterOf(mistake), $"{mistake.Message} {mistake.Remedy}");
        }

        return parameters.Problem!;
    }

    private static async Task<IResult> RemoveAsync(long id, Caller caller, Rights rights, LabCatalogue labs, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.WriteLabs) is { } denied ? denied
        : await labs.RemoveAsync(id, cancellationToken) ? TypedResults.NoContent()
        : NoLab(id);

    private static async Task<LabAnswer> AnswerAsync(Lab lab, LabCatalogue labs, IReadOnlyList<Image> images, CancellationToken cancellationToken)
    {
        // Labs with more machines than the prototype could have are shown by their first one.
        var machine = (await labs.FindDefinitionAsync(lab, cancellationToken))?.Machines[0];
        var image = images.FirstOrDefault(i => i.Name == machine?.Image) ?? images.FirstOrDefault(i => i.Reference == machine?.Image);
        return AnswerOf(lab, image, machine?.Name);
    }

    private static LabAnswer AnswerOf(Lab lab, Image? image, string? machine) =>
        new(lab.Id, lab.Title, lab.NamespacePrefix, lab.Description, image?.Id, machine);

    private static ProblemHttpResult NoLab(long id) => Problems.NotFound($"There is no lab {id}.");

    // Members are named as the prototype wrote them.
#pragma warning disable IDE1006, SA1300
    private sealed record LabAnswer(long id, string name, string namespace_prefix, string description, long? docker_image, string? docker_image_name);
#pragma warning restore IDE1006, SA1300
}
