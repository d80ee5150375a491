namespace LabOrchestrator.Images.Uploads;

/// <summary>A disk that is being sent to the server, or was, to become an image of the catalogue.</summary>
/// <param name="Id">Identity in the store; 0 before it is added.</param>
/// <param name="Name">Name of the image in the catalogue.</param>
/// <param name="Version">Version of the image, the tag of its reference.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="OwnerId">The account that sends it.</param>
/// <param name="CreatedAt">When it was begun (UTC).</param>
public sealed record ImageUpload(long Id, string Name, string Version, long Size, long OwnerId, DateTimeOffset CreatedAt)
{
    /// <summary>How the references of uploaded images begin, on every runtime.</summary>
    public const string ReferencePrefix = "lab-orchestrator-upload/";

    /// <summary>SHA-256 of the file in hexadecimal, where the sender said it.</summary>
    public string? Sha256 { get; init; }

    /// <summary>A sentence for people who choose an image.</summary>
    public string Description { get; init; } = "";

    /// <summary>The guest's login user.</summary>
    public string? LoginUser { get; init; }

    /// <summary>What the guest needs of its virtual hardware. Whether it is a disk or a CD is for its content to say.</summary>
    public ImageHardware Hardware { get; init; } = new();

    /// <summary>How far it is.</summary>
    public ImageUploadState State { get; init; } = ImageUploadState.Uploading;

    /// <summary>What the file is, once that is known.</summary>
    public DiskFormat? Format { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>The image that it became.</summary>
    public long? ImageId { get; init; }

    /// <summary>When bytes came or its state changed the last time (UTC).</summary>
    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    /// <summary>The image's reference.</summary>
    public string Reference => $"{ReferencePrefix}{Slug(Name)}:{Version}";

    /// <summary>Whether nothing more happens to it.</summary>
    public bool HasEnded => State is ImageUploadState.Ready or ImageUploadState.Failed;

    /// <summary>Whether a reference is that of an uploaded image.</summary>
    public static bool IsReference(string reference) => reference.StartsWith(ReferencePrefix, StringComparison.Ordinal);

    // What engines and clusters take as a name: small letters, digits, and single hyphens in between.
    private static string Slug(string name)
    {
        var words = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' '));
        return string.Join('-', words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
