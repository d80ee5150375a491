using LabOrchestrator.Images;

namespace LabOrchestrator.Kubernetes;

/// <summary>The base images, by name alone: which of them the nodes can pull is seen when a machine starts.</summary>
internal sealed class BaseImages(KubernetesRuntimeOptions options) : IImageSource
{
    private readonly Image[] _all =
    [
        new(0, "terminal", $"{options.BaseImages}/terminal:1", ImageKind.Container, "Shell with the usual network tools") { LoginUser = "lab" },
        new(0, "tiny-vm", $"{options.BaseImages}/tiny-vm:1", ImageKind.Vm, "Tiny Linux (kernel and busybox) that boots within seconds") { LoginUser = "lab" },
        new(0, "debian-vm", $"{options.BaseImages}/debian-vm:1", ImageKind.Vm, "Debian with systemd, cloud-init and an SSH server") { LoginUser = "lab" },
    ];

    public Task<IReadOnlyList<Image>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Image>>(_all);
}
