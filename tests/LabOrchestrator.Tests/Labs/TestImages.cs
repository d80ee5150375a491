using LabOrchestrator.Images;

namespace LabOrchestrator.Labs;

internal static class TestImages
{
    public static IReadOnlyList<Image> All { get; } =
    [
        new(1, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, "A shell") { LoginUser = "lab" },
        new(2, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, "A small system") { LoginUser = "lab" },
        new(3, "debian-vm", "lab-orchestrator/debian-vm:1", ImageKind.Vm, "Debian"),
    ];
}
