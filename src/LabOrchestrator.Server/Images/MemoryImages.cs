using LabOrchestrator.Images;

namespace LabOrchestrator.Server.Images;

/// <summary>The base images as the engine without an engine has them: by name alone.</summary>
internal sealed class MemoryImages : IImageSource
{
    private static readonly Image[] All =
    [
        new(0, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, "Shell with the usual network tools") { LoginUser = "lab" },
        new(0, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, "Tiny Linux (kernel and busybox) that boots within seconds") { LoginUser = "lab" },
        new(0, "debian-vm", "lab-orchestrator/debian-vm:1", ImageKind.Vm, "Debian with systemd, cloud-init and an SSH server") { LoginUser = "lab" },
    ];

    public Task<IReadOnlyList<Image>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Image>>(All);
}
