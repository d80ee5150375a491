using LabOrchestrator.KubernetesSimulator.Schemas;

namespace LabOrchestrator.KubernetesSimulator.Kinds;

/// <summary>A kind that the API serves.</summary>
internal sealed record ResourceKind(string Group, string Version, string Kind, string Plural, bool Namespaced, Schema Schema)
{
    public string[] ShortNames { get; init; } = [];

    /// <summary>Status is a part of its own: plain writes leave it alone.</summary>
    public bool HasStatus { get; init; }

    /// <summary>Defined by a CustomResourceDefinition.</summary>
    public bool IsCustom { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : Group + "/" + Version;

    /// <summary>As in messages and quotas: <c>virtualmachines.kubevirt.io</c>, <c>pods</c>.</summary>
    public string Resource => Group.Length == 0 ? Plural : Plural + "." + Group;

    /// <summary>As in messages of validation: <c>VirtualMachine.kubevirt.io</c>, <c>Pod</c>.</summary>
    public string KindAndGroup => Group.Length == 0 ? Kind : Kind + "." + Group;
}
