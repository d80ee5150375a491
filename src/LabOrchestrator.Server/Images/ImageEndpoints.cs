using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Images;

/// <summary>The catalogue of images.</summary>
internal static class ImageEndpoints
{
    public static void MapImages(this IEndpointRouteBuilder api)
    {
        var images = api.MapGroup("/images").WithTags("Images");
        images.MapGet("", ListAsync).WithName("ListImages").WithSummary("All images, by name.");
        images.MapGet("/builds", ListBuildsAsync).WithName("ListImageBuilds").WithSummary("How far the building of base images is.");
        images.MapGet("/{id:long}", FindAsync).WithName("FindImage").WithSummary("An image.").Answers<ImageAnswer>(200).MayBe(404);
        images.MapPost("", AddAsync).WithName("AddImage").WithSummary("Puts an image into the catalogue; for admins.")
            .Answers<ImageAnswer>(201).MayBe(400, 403, 409);
        images.MapPut("/{id:long}", ChangeAsync).WithName("ChangeImage").WithSummary("Replaces an image of the catalogue; for admins.")
            .Answers<ImageAnswer>(200).MayBe(400, 403, 404, 409);
        images.MapDelete("/{id:long}", RemoveAsync).WithName("RemoveImage").WithSummary("Takes an image out of the catalogue, and deletes its disk if that was uploaded; for admins.")
            .Answers(204).MayBe(403, 404);
    }

    private static async Task<Ok<IReadOnlyList<ImageAnswer>>> ListAsync(IImageStore images, CancellationToken cancellationToken) =>
        TypedResults.Ok<IReadOnlyList<ImageAnswer>>([.. (await images.ListAsync(cancellationToken)).Select(ImageAnswer.Of)]);

    private static async Task<Ok<IReadOnlyList<ImageBuild>>> ListBuildsAsync(ImageBuilds builds, CancellationToken cancellationToken) =>
        TypedResults.Ok(await builds.ListAsync(cancellationToken));

    private static async Task<IResult> FindAsync(long id, IImageStore images, CancellationToken cancellationToken) =>
        await images.FindAsync(id, cancellationToken) is { } image ? TypedResults.Ok(ImageAnswer.Of(image)) : NotFound(id);

    private static async Task<IResult> AddAsync(ImageRequest request, Caller caller, Rights rights, IImageStore images, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.ChangeImages) is { } denied ? denied
        : await images.AddAsync(request.ToImage(0), cancellationToken) is { } image
            ? TypedResults.Created($"/api/v1/images/{image.Id}", ImageAnswer.Of(image))
            : NameTaken(request);

    private static async Task<IResult> ChangeAsync(
        long id, ImageRequest request, Caller caller, Rights rights, IImageStore images, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.ChangeImages) is { } denied)
        {
            return denied;
        }

        var image = request.ToImage(id);
        return await images.FindAsync(id, cancellationToken) is null ? NotFound(id)
            : await images.UpdateAsync(image, cancellationToken) ? TypedResults.Ok(ImageAnswer.Of(image))
            : NameTaken(request);
    }

    private static async Task<IResult> RemoveAsync(
        long id, Caller caller, Rights rights, IImageStore images, UploadedImages uploaded, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.ChangeImages) is { } denied)
        {
            return denied;
        }

        if (await images.FindAsync(id, cancellationToken) is not { } image || !await images.RemoveAsync(id, cancellationToken))
        {
            return NotFound(id);
        }

        await uploaded.RemoveAsync(image, cancellationToken);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult NotFound(long id) => Problems.NotFound($"There is no image {id}.");

    private static ProblemHttpResult NameTaken(ImageRequest request) =>
        Problems.Conflict($"Another image is called \"{request.Name}\". Choose another name.");
}
