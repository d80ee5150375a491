namespace LabOrchestrator.Kubernetes.Api.Errors;

/// <summary>A field that an apply wanted to set and somebody else owns.</summary>
/// <param name="Manager">The owner's name.</param>
/// <param name="Field">The field's path, such as <c>.spec.replicas</c>.</param>
internal sealed record FieldConflict(string Manager, string Field)
{
    /// <summary>The conflicts that a status names: <c>conflict with "kubectl" using v1</c>.</summary>
    public static IEnumerable<FieldConflict> Of(ServerStatus status) =>
        from cause in status.Details?.Causes ?? []
        where cause.Reason == "FieldManagerConflict"
        let quoted = cause.Message?.Split('"')
        select new FieldConflict(quoted is { Length: >= 3 } ? quoted[1] : cause.Message ?? "", cause.Field ?? "");
}
