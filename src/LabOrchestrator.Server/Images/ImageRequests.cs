using System.ComponentModel.DataAnnotations;
using LabOrchestrator.Images;
using LabOrchestrator.Server.Api;

namespace LabOrchestrator.Server.Images;

/// <summary>An image to put into the catalogue.</summary>
public sealed record ImageRequest
{
    /// <summary>Unique name in the catalogue, by which labs call it.</summary>
    [Required]
    [RegularExpression(ImageRules.NamePattern, ErrorMessage = "The name must be " + ImageRules.NameMeaning + ".")]
    public string? Name { get; init; }

    /// <summary>The OCI reference that an engine can run or pull, for example <c>lab-orchestrator/tiny-vm:1</c>.</summary>
    [Required]
    [StringLength(255)]
    [RegularExpression(ImageRules.ReferencePattern, ErrorMessage = "The reference must be " + ImageRules.ReferenceMeaning + ".")]
    public string? Reference { get; init; }

    /// <summary>Whether its machines are VMs or containers.</summary>
    [Required]
    public ImageKind? Kind { get; init; }

    /// <summary>A sentence for people who choose an image.</summary>
    [StringLength(500)]
    [OneLine]
    public string? Description { get; init; }

    /// <summary>The guest's login user, who gets generated passwords.</summary>
    [RegularExpression("[a-z_][a-z0-9_-]{0,31}", ErrorMessage = "The login user must be a Linux account name, such as lab.")]
    public string? LoginUser { get; init; }

    /// <summary>What a VM guest needs of its virtual hardware; by default what suits Linux.</summary>
    public HardwareRequest? Hardware { get; init; }

    internal Image ToImage(long id) => new(id, Name!, Reference!, Kind!.Value, Description ?? "")
    {
        LoginUser = LoginUser,
        Hardware = (Hardware ?? new()).ToHardware(),
    };
}

/// <summary>The virtual hardware that a guest has drivers for.</summary>
public sealed record HardwareRequest
{
    /// <summary>Firmware that boots the disk; by default BIOS.</summary>
    public Firmware? Firmware { get; init; }

    /// <summary>Bus of the disk; by default virtio.</summary>
    public DiskBus? DiskBus { get; init; }

    /// <summary>Model of the network cards; by default virtio.</summary>
    public NicModel? Nic { get; init; }

    /// <summary>Whether there is a TPM 2.0; by default not.</summary>
    public bool? Tpm { get; init; }

    /// <summary>Whether there is a USB tablet as pointer; by default there is.</summary>
    public bool? Tablet { get; init; }

    /// <summary>Whether the image is a disk or a CD; by default a disk.</summary>
    public ImageMedia? Media { get; init; }

    internal ImageHardware ToHardware()
    {
        var usual = new ImageHardware();
        return new ImageHardware
        {
            Firmware = Firmware ?? usual.Firmware,
            DiskBus = DiskBus ?? usual.DiskBus,
            Nic = Nic ?? usual.Nic,
            Tpm = Tpm ?? usual.Tpm,
            Tablet = Tablet ?? usual.Tablet,
            Media = Media ?? usual.Media,
        };
    }
}

/// <summary>An image of the catalogue.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">By which labs call it.</param>
/// <param name="Reference">Its OCI reference.</param>
/// <param name="Kind">VM or container.</param>
/// <param name="Description">A sentence for people who choose an image.</param>
/// <param name="LoginUser">The guest's login user; null where there is none.</param>
/// <param name="Hardware">What a VM guest needs of its virtual hardware.</param>
public sealed record ImageAnswer(
    long Id, string Name, string Reference, ImageKind Kind, string Description, string? LoginUser, ImageHardware Hardware)
{
    internal static ImageAnswer Of(Image image) =>
        new(image.Id, image.Name, image.Reference, image.Kind, image.Description, image.LoginUser, image.Hardware);
}

/// <summary>A base image that is built, or was.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State"><c>waiting</c>, <c>building</c>, <c>ready</c> or <c>failed</c>.</param>
/// <param name="Message">What is being done, or why it failed.</param>
/// <param name="Updated">When this was said (UTC).</param>
public sealed record ImageBuild(string Name, string State, string Message, DateTimeOffset Updated)
{
    internal const string Ready = "ready";
}
