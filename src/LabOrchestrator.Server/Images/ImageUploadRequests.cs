using System.ComponentModel.DataAnnotations;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Server.Api;

namespace LabOrchestrator.Server.Images;

/// <summary>A disk that is about to be sent.</summary>
public sealed record ImageUploadRequest
{
    /// <summary>Name that the image gets in the catalogue, by which labs call it. That of an uploaded image gets its next version.</summary>
    [Required]
    [RegularExpression(ImageRules.NamePattern, ErrorMessage = "The name must be " + ImageRules.NameMeaning + ".")]
    public string? Name { get; init; }

    /// <summary>Version of the image; by default the next whole number.</summary>
    [RegularExpression(ImageRules.VersionPattern, ErrorMessage = "The version must be " + ImageRules.VersionMeaning + ".")]
    public string? Version { get; init; }

    /// <summary>Bytes of the file.</summary>
    [Required]
    [Range(1, long.MaxValue, ErrorMessage = "The size must be the file's, in bytes.")]
    public long? Size { get; init; }

    /// <summary>SHA-256 of the file in hexadecimal, to be compared with what arrives.</summary>
    [RegularExpression("[0-9A-Fa-f]{64}", ErrorMessage = "The sha256 must have 64 hexadecimal digits.")]
    public string? Sha256 { get; init; }

    /// <summary>A sentence for people who choose an image.</summary>
    [StringLength(500)]
    [OneLine]
    public string? Description { get; init; }

    /// <summary>The guest's login user, who gets generated passwords by cloud-init.</summary>
    [RegularExpression("[a-z_][a-z0-9_-]{0,31}", ErrorMessage = "The login user must be a Linux account name, such as lab.")]
    public string? LoginUser { get; init; }

    /// <summary>What the guest needs of its virtual hardware. Whether it is a disk or a CD is told by its content.</summary>
    public HardwareRequest? Hardware { get; init; }

    internal ImageUpload ToUpload(long ownerId, DateTimeOffset now) => new(0, Name!, Version ?? "", Size!.Value, ownerId, now)
    {
        Sha256 = Sha256?.ToLowerInvariant(),
        Description = Description ?? "",
        LoginUser = LoginUser,
        Hardware = (Hardware ?? new()).ToHardware(),
    };
}

/// <summary>A disk that is being sent, or was.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">Name of the image.</param>
/// <param name="Version">Version of the image.</param>
/// <param name="Reference">The reference that the image gets.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Offset">Bytes that arrived.</param>
/// <param name="State">How far it is.</param>
/// <param name="Percent">Percent of the present state; null when unknown.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="Format">What the file is, once that is known.</param>
/// <param name="ImageId">The image that it became.</param>
/// <param name="Hardware">What the guest needs of its virtual hardware.</param>
/// <param name="CreatedAt">When it was begun (UTC).</param>
/// <param name="UpdatedAt">When bytes came or its state changed the last time (UTC).</param>
/// <param name="ExpiresAt">When it is removed unless more bytes come (UTC); null where none are missing.</param>
public sealed record ImageUploadAnswer(
    long Id,
    string Name,
    string Version,
    string Reference,
    long Size,
    long Offset,
    ImageUploadState State,
    int? Percent,
    string? Reason,
    DiskFormat? Format,
    long? ImageId,
    ImageHardware Hardware,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ExpiresAt)
{
    internal static ImageUploadAnswer Of(ImageUploadStatus status)
    {
        var upload = status.Upload;
        return new(
            upload.Id,
            upload.Name,
            upload.Version,
            upload.Reference,
            upload.Size,
            status.Offset,
            upload.State,
            status.Percent,
            upload.Reason,
            upload.Format,
            upload.ImageId,
            upload.Hardware,
            upload.CreatedAt,
            upload.UpdatedAt,
            upload.State == ImageUploadState.Uploading ? upload.UpdatedAt + ImageUploadWork.Abandoned : null);
    }
}
