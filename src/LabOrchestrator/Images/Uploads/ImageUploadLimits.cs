namespace LabOrchestrator.Images.Uploads;

/// <summary>How much may be uploaded.</summary>
public sealed class ImageUploadLimits
{
    /// <summary>The most bytes of a file: 64 GiB.</summary>
    public long UploadBytes { get; set; } = 64L << 30;

    /// <summary>The most bytes of a disk as its guest sees it: 256 GiB.</summary>
    public long DiskBytes { get; set; } = 256L << 30;

    /// <summary>Uploads that may be under way at once.</summary>
    public int Uploads { get; set; } = 8;

    /// <summary>Bytes of disk that stay free.</summary>
    public long MinimumFreeDiskBytes { get; set; } = 2L << 30;
}
