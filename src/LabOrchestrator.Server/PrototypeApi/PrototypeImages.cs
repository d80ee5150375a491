using System.Text.RegularExpressions;
using LabOrchestrator.Images;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>Images of the prototype: a name, a description and an address.</summary>
internal static partial class PrototypeImages
{
    public static void MapPrototypeImages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/docker_image", ListAsync);
        routes.MapPost("/docker_image", AddAsync);
        routes.MapGet("/docker_image/{id:long}", FindAsync);
        routes.MapDelete("/docker_image/{id:long}", RemoveAsync);
    }

    private static async Task<IResult> ListAsync(Caller caller, Rights rights, IImageStore images, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.SeeImages) is { } denied
            ? denied
            : TypedResults.Ok((await images.ListAsync(cancellationToken)).OrderBy(i => i.Id).Select(AnswerOf));

    private static async Task<IResult> FindAsync(long id, Caller caller, Rights rights, IImageStore images, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.SeeImages) is { } denied ? denied
        : await images.FindAsync(id, cancellationToken) is { } image ? TypedResults.Ok(AnswerOf(image))
        : NoImage(id);

    private static async Task<IResult> AddAsync(
        PrototypeParameters parameters, Caller caller, Rights rights, IImageStore images, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.ChangeImages) is { } denied)
        {
            return denied;
        }

        var name = parameters.Text("name", 100);
        var description = parameters.Optional("description", 1000) ?? "";

        // The prototype's example says "urls", its table "url".
        var reference = parameters.Text(parameters.Optional("urls", 255) is null ? "url" : "urls", 255);
        if (name.Length > 0 && !Name().IsMatch(name))
        {
            parameters.Add("name", "The name must be letters, digits and . _ - with a letter or digit at both ends.");
        }

        if (reference.Length > 0 && !Reference().IsMatch(reference))
        {
            parameters.Add("url", $"\"{reference}\" is not the reference of an image, such as registry.example.org/team/image:1.");
        }

        if (parameters.Problem is { } problem)
        {
            return problem;
        }

        // The prototype had VMs only; a reference that is known already says more.
        var known = (await images.ListAsync(cancellationToken)).FirstOrDefault(i => i.Reference == reference)
            ?? new Image(0, name, reference, ImageKind.Vm, description);
        var added = await images.AddAsync(known with { Id = 0, Name = name, Description = description }, cancellationToken);
        return added is null
            ? Problems.Conflict($"There is an image \"{name}\" already. Choose another name.")
            : TypedResults.Created($"/docker_image/{added.Id}", AnswerOf(added));
    }

    private static async Task<IResult> RemoveAsync(long id, Caller caller, Rights rights, IImageStore images, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.ChangeImages) is { } denied ? denied
        : await images.RemoveAsync(id, cancellationToken) ? TypedResults.NoContent()
        : NoImage(id);

    private static ProblemHttpResult NoImage(long id) => Problems.NotFound($"There is no image {id}.");

    private static object AnswerOf(Image image) => new { id = image.Id, name = image.Name, description = image.Description, url = image.Reference };

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();

    [GeneratedRegex(
        @"^([A-Za-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Reference();
}
