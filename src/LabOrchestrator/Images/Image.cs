namespace LabOrchestrator.Images;

/// <summary>A disk or container image in the catalogue; labs name it by <see cref="Name"/> or <see cref="Reference"/>.</summary>
/// <param name="Id">Identity in the store; 0 before the image is added.</param>
/// <param name="Name">Unique name in the catalogue, for example <c>tiny-vm</c>.</param>
/// <param name="Reference">The OCI reference an engine can run or pull, for example <c>lab-orchestrator/tiny-vm:1</c>.</param>
/// <param name="Kind">Whether a machine of this image is a VM or a container.</param>
/// <param name="Description">A sentence for people who choose an image.</param>
public sealed record Image(long Id, string Name, string Reference, ImageKind Kind, string Description)
{
    /// <summary>The guest's login user, who gets generated credentials; null where the image has none.</summary>
    public string? LoginUser { get; init; }

    /// <summary>What a VM guest needs of its virtual hardware.</summary>
    public ImageHardware Hardware { get; init; } = new();
}
