namespace LabOrchestrator.Kubernetes.Doctor;

/// <summary>What an examination says of one thing.</summary>
/// <param name="Subject">The thing, for example <c>KubeVirt</c>.</param>
/// <param name="State">How it is.</param>
/// <param name="Detail">What was found, and where it is not well, what to do.</param>
public sealed record Finding(string Subject, FindingState State, string Detail);

/// <summary>How a thing is.</summary>
public enum FindingState
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Not there; some labs do without it.</summary>
    Absent,

    /// <summary>It could not be found out.</summary>
    Unknown,

    /// <summary>Labs do not run, or are not safe, before it is mended.</summary>
    Bad,
}
