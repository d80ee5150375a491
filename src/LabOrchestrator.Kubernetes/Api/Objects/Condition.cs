namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>One of an object's conditions, as its controller states it.</summary>
internal sealed record Condition
{
    public string Type { get; init; } = "";

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string Status { get; init; } = "";

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }
}

internal static class Conditions
{
    /// <summary>The condition of that type, or null when the controller states none.</summary>
    public static Condition? Find(this IReadOnlyList<Condition> conditions, string type)
    {
        foreach (var condition in conditions)
        {
            if (condition.Type == type)
            {
                return condition;
            }
        }

        return null;
    }

    /// <summary>The condition is stated and <c>True</c>.</summary>
    public static bool Has(this IReadOnlyList<Condition> conditions, string type) => conditions.Find(type)?.Status == "True";
}
