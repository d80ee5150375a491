using System.Globalization;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.Images;

/// <summary>
/// Uploads of disks, for admins: begun with a size, sent in pieces that name the byte they begin with, asked after a break how many bytes
/// arrived.
/// </summary>
internal static class ImageUploadEndpoints
{
    private const string PieceType = "application/offset+octet-stream";
    private const string OffsetHeader = "Upload-Offset";
    private const string LengthHeader = "Upload-Length";

    public static void MapImageUploads(this IEndpointRouteBuilder api)
    {
        var uploads = api.MapGroup("/image-uploads").WithTags("Images");
        uploads.MapGet("", ListAsync).WithName("ListImageUploads").WithSummary("The uploads of disks, newest first; for admins.")
            .Answers<IReadOnlyList<ImageUploadAnswer>>(200).MayBe(403);
        uploads.MapPost("", BeginAsync).WithName("BeginImageUpload")
            .WithSummary("Begins the upload of a disk (qcow2, VMDK, VHDX, raw, ISO or OVA), which becomes an image; for admins.")
            .Answers<ImageUploadAnswer>(201).MayBe(400, 403, 409, 413, 507);
        uploads.MapGet("/{id:long}", FindAsync).WithName("FindImageUpload").WithSummary("How far an upload is; for admins. Its offset stands in "
                + "Upload-Offset too, for those that ask by HEAD.")
            .Answers<ImageUploadAnswer>(200).MayBe(403, 404);
        uploads.MapMethods("/{id:long}", [HttpMethods.Head], FindAsync).ExcludeFromDescription();
        uploads.MapPatch("/{id:long}", AppendAsync).WithName("AppendToImageUpload").Accepts<string>(PieceType)
            .WithMetadata(new DisableRequestSizeLimitAttribute())
            .WithSummary("Appends bytes to an upload, from the offset that Upload-Offset names; those that arrive before a break are kept. "
                + "Answers the new offset in Upload-Offset. After the last byte the disk is checked, converted and stored. For admins.")
            .Answers(204).MayBe(400, 403, 404, 409, 413, 415);
        uploads.MapDelete("/{id:long}", RemoveAsync).WithName("RemoveImageUpload")
            .WithSummary("Forgets an upload, and ends what is done with it; the image that it became stays. For admins.").Answers(204).MayBe(403, 404);
    }

    private static async Task<IResult> ListAsync(Caller caller, Rights rights, ImageUploads uploads, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.ChangeImages) is { } denied ? denied
        : TypedResults.Ok<IReadOnlyList<ImageUploadAnswer>>([.. (await uploads.ListAsync(cancellationToken)).Select(ImageUploadAnswer.Of)]);

    private static async Task<IResult> BeginAsync(
        ImageUploadRequest request, Caller caller, Rights rights, ImageUploads uploads, TimeProvider time, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.ChangeImages) is { } denied)
        {
            return denied;
        }

        var begun = await uploads.BeginAsync(request.ToUpload(caller.Id, time.GetUtcNow()), cancellationToken);
        return begun.Status is { } status
            ? TypedResults.Created($"/api/v1/image-uploads/{status.Upload.Id}", ImageUploadAnswer.Of(status))
            : TypedResults.Problem(begun.Reason, statusCode: begun.Refusal switch
            {
                UploadRefusal.TooLarge => StatusCodes.Status413PayloadTooLarge,
                UploadRefusal.NoRoom => StatusCodes.Status507InsufficientStorage,
                _ => StatusCodes.Status409Conflict,
            });
    }

    private static async Task<IResult> FindAsync(
        long id, Caller caller, Rights rights, ImageUploads uploads, HttpResponse response, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.ChangeImages) is { } denied)
        {
            return denied;
        }

        if (await uploads.FindAsync(id, cancellationToken) is not { } status)
        {
            return NotFound(id);
        }

        SayOffset(response, status.Offset);
        response.Headers[LengthHeader] = status.Upload.Size.ToString(CultureInfo.InvariantCulture);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(ImageUploadAnswer.Of(status));
    }

    private static async Task<IResult> AppendAsync(
        long id, Caller caller, Rights rights, ImageUploads uploads, HttpContext context, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.ChangeImages) is { } denied)
        {
            return denied;
        }

        var request = context.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals(PieceType, StringComparison.OrdinalIgnoreCase))
        {
            return TypedResults.Problem($"Send bytes of the disk with Content-Type: {PieceType}.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        }

        if (!long.TryParse(request.Headers[OffsetHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return Problems.Invalid(OffsetHeader, "The header must name the byte that the body begins with, for example 0.");
        }

        if (await uploads.FindAsync(id, cancellationToken) is not { } status)
        {
            return NotFound(id);
        }

        SayOffset(context.Response, status.Offset);
        if (status.Upload.State != ImageUploadState.Uploading)
        {
            return Problems.Conflict($"All {status.Upload.Size} bytes of the upload arrived already. It takes no more.");
        }

        if (request.ContentLength > status.Upload.Size - offset)
        {
            return TooMany(status.Upload);
        }

        try
        {
            var appended = await uploads.AppendAsync(status.Upload, offset, request.Body, cancellationToken);
            SayOffset(context.Response, appended.Length);
            return appended.Trouble switch
            {
                AppendTrouble.WrongOffset => Problems.Conflict($"{appended.Length} bytes arrived so far; go on from there (Upload-Offset: {appended.Length})."),
                AppendTrouble.TooMany => TooMany(status.Upload),
                _ => TypedResults.NoContent(),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Problems.Conflict("Another request goes on with this upload, or it was removed.");
        }
    }

    private static async Task<IResult> RemoveAsync(long id, Caller caller, Rights rights, ImageUploads uploads, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.ChangeImages) is { } denied ? denied
        : await uploads.RemoveAsync(id, cancellationToken) ? TypedResults.NoContent()
        : NotFound(id);

    private static void SayOffset(HttpResponse response, long offset) => response.Headers[OffsetHeader] = offset.ToString(CultureInfo.InvariantCulture);

    private static ProblemHttpResult TooMany(ImageUpload upload) => TypedResults.Problem(
        $"The upload was said to have {upload.Size} bytes, and these are more. None of them are kept; begin another upload with the right size.",
        statusCode: StatusCodes.Status413PayloadTooLarge);

    private static ProblemHttpResult NotFound(long id) => Problems.NotFound($"There is no upload {id}. Abandoned ones are removed after a day.");
}
