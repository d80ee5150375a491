namespace LabOrchestrator.Images.Uploads;

/// <summary>How far an upload is.</summary>
public enum ImageUploadState
{
    /// <summary>Bytes are missing.</summary>
    Uploading,

    /// <summary>All bytes are here, and what they are is found out.</summary>
    Checking,

    /// <summary>The disk is converted.</summary>
    Converting,

    /// <summary>The disk is put where machines find it.</summary>
    Storing,

    /// <summary>It is an image of the catalogue.</summary>
    Ready,

    /// <summary>It became no image; the reason says why.</summary>
    Failed,
}
