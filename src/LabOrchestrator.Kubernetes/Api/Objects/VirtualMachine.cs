namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>KubeVirt's VirtualMachine. Every condition of its instance is copied onto it.</summary>
internal sealed record VirtualMachine : KubernetesObject
{
    public VirtualMachineSpec Spec { get; init => field = value ?? new(); } = new();

    public VirtualMachineStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record VirtualMachineSpec
{
    /// <summary><c>Always</c>, <c>Halted</c>, <c>Manual</c>, <c>RerunOnFailure</c>, <c>Once</c>; null with the old <c>running</c>.</summary>
    public string? RunStrategy { get; init; }
}

internal sealed record VirtualMachineStatus
{
    /// <summary>Such as <c>Stopped</c>, <c>Starting</c>, <c>Running</c>, <c>Paused</c>, <c>ErrorUnschedulable</c>.</summary>
    public string PrintableStatus { get; init => field = value ?? ""; } = "";

    /// <summary>Its instance exists.</summary>
    public bool Created { get; init; }

    public bool Ready { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];

    /// <summary>Starts and stops that were asked for and not done yet.</summary>
    public IReadOnlyList<StateChangeRequest> StateChangeRequests { get; init => field = value ?? []; } = [];
}

/// <param name="Action"><c>Start</c> or <c>Stop</c>.</param>
/// <param name="Uid">The instance meant, or null.</param>
internal sealed record StateChangeRequest(string Action, string? Uid);
