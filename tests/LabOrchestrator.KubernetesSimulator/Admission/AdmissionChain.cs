using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Access;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Requests;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>A write on its way to the store.</summary>
/// <param name="Kind">What is written.</param>
/// <param name="Operation">CREATE or UPDATE.</param>
/// <param name="Value">The object; rules may change it.</param>
/// <param name="Before">What was there, or null.</param>
/// <param name="User">Who writes.</param>
/// <param name="Subresource">The part written, or null.</param>
internal sealed record AdmissionRequest(ResourceKind Kind, string Operation, JsonObject Value, JsonObject? Before, User User, string? Subresource)
{
    public bool IsCreate => Operation == "CREATE";

    public string Namespace => Value.Metadata().Text("namespace") ?? "";

    public string Name => Value.Metadata().Text("name") ?? Value.Metadata().Text("generateName") ?? "";

    public bool Is(string group, string plural) => Kind.Group == group && Kind.Plural == plural;
}

/// <summary>A rule that a write must pass, or that completes it.</summary>
internal interface IAdmissionRule
{
    void Admit(AdmissionRequest request, List<string> warnings);
}

/// <summary>All rules in their order: completing before refusing.</summary>
internal sealed class AdmissionChain(IEnumerable<IAdmissionRule> rules)
{
    private readonly IAdmissionRule[] _rules = [.. rules];

    public void Admit(AdmissionRequest request, WriteOptions options)
    {
        if (!request.User.IsController)
        {
            Decoding.CheckWhole(request.Kind, request.Value);
        }

        foreach (var rule in request.Subresource is null or "resize" ? _rules : [])
        {
            rule.Admit(request, options.Warnings);
        }
    }
}
