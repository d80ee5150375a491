using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LabOrchestrator.KubernetesSimulator.Kinds;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Which names, labels and annotations are allowed.</summary>
internal static partial class ObjectNames
{
    private static readonly HashSet<string> Labels = ["namespaces", "services"];

    public static void Check(ResourceKind kind, JsonObject value)
    {
        var metadata = value.Metadata();
        var name = metadata.Text("name");
        List<StatusCause> causes = [];
        if (string.IsNullOrEmpty(name))
        {
            causes.Add(new StatusCause("FieldValueRequired", "Required value: name or generateName is required", "metadata.name"));
        }
        else if (kind.Group != "rbac.authorization.k8s.io" && (Labels.Contains(kind.Plural) ? !Label().IsMatch(name) || name.Length > 63 : !Subdomain().IsMatch(name) || name.Length > 253))
        {
            var rule = Labels.Contains(kind.Plural)
                ? "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character, and must be no more than 63 characters"
                : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
            causes.Add(new StatusCause("FieldValueInvalid", $"Invalid value: \"{name}\": {rule}", "metadata.name"));
        }

        foreach (var (key, text) in metadata["labels"] as JsonObject ?? [])
        {
            if (text.Text() is { } label && (label.Length > 63 || !LabelValue().IsMatch(label)))
            {
                causes.Add(new StatusCause(
                    "FieldValueInvalid",
                    $"Invalid value: \"{label}\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, and must be no more than 63 characters",
                    "metadata.labels"));
            }

            if (!Key().IsMatch(key))
            {
                causes.Add(new StatusCause("FieldValueInvalid", $"Invalid value: \"{key}\": name part must consist of alphanumeric characters, '-', '_' or '.'", "metadata.labels"));
            }
        }

        if (causes.Count > 0)
        {
            throw ApiRefusal.Invalid(kind, name ?? "", causes);
        }
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();

    [GeneratedRegex("^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")]
    private static partial Regex LabelValue();

    [GeneratedRegex("^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex Key();
}

/// <summary>Name suffixes as the API server makes them.</summary>
internal static class RandomName
{
    public static string Suffix(int length) => new(System.Security.Cryptography.RandomNumberGenerator.GetItems<char>("bcdfghjklmnpqrstvwxz2456789", length));
}
