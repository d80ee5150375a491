using LabOrchestrator.KubernetesSimulator.Access;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Who writes, and how.</summary>
internal sealed record WriteOptions(User User, string Manager)
{
    /// <summary><c>Strict</c>, <c>Warn</c> or <c>Ignore</c>.</summary>
    public string FieldValidation { get; init; } = "Warn";

    public bool DryRun { get; init; }

    /// <summary>The part written, such as <c>status</c>.</summary>
    public string? Subresource { get; init; }

    public bool Force { get; init; }

    /// <summary>What is told in Warning headers.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>A controller of the cluster itself.</summary>
    public static WriteOptions Of(string controller) => new(User.Controller(controller), controller) { FieldValidation = "Ignore" };
}

/// <summary>Which deletion is asked for.</summary>
internal sealed record DeleteOptions
{
    public int? GracePeriodSeconds { get; init; }

    /// <summary>Orphan, Background or Foreground.</summary>
    public string Propagation { get; init; } = "Background";

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public bool DryRun { get; init; }
}
