namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>A pod in which CDI imports a disk, with the images that it names; other pods are read without these.</summary>
internal sealed record ImporterPod : KubernetesObject
{
    public ImporterPodSpec Spec { get; init => field = value ?? new(); } = new();

    public PodStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record ImporterPodSpec
{
    public IReadOnlyList<NamedImage> Containers { get; init => field = value ?? []; } = [];
}

/// <param name="Name">Name of the container.</param>
/// <param name="Image">Reference of its image.</param>
internal sealed record NamedImage(string Name, string? Image);
