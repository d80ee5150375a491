using System.Text;
using LabOrchestrator.Kubernetes.Rights;

namespace LabOrchestrator.Deploy.Kubernetes;

/// <summary>The runtime's rights as roles of a cluster, each rule with its reason.</summary>
internal static class RoleDocument
{
    private const string Origin = "# Made by a test from src/LabOrchestrator.Kubernetes/Rights/RequiredRights.cs.\n";

    /// <summary>A whole ClusterRole.</summary>
    public static string Of(string name, IReadOnlyList<RequiredRight> rights) =>
        Origin
        + "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n"
        + $"  name: {name}\n  labels:\n    app.kubernetes.io/name: lab-orchestrator\nrules:\n"
        + string.Concat(Lines(rights).Select(l => l.Length == 0 ? "\n" : $"  {l}\n"));

    /// <summary>The rules alone, for the chart.</summary>
    public static string RulesOf(IReadOnlyList<RequiredRight> rights) => Origin + string.Concat(Lines(rights).Select(l => l + "\n"));

    private static IEnumerable<string> Lines(IReadOnlyList<RequiredRight> rights)
    {
        var need = (RightNeed?)null;
        foreach (var right in rights)
        {
            if (right.Need != need)
            {
                need = right.Need;
                yield return $"# --- {Heading(right.Need)} ---";
            }

            foreach (var line in Wrap(right.Purpose))
            {
                yield return "# " + line;
            }

            yield return $"- apiGroups: [{(right.Group.Length == 0 ? "\"\"" : right.Group)}]";
            yield return $"  resources: [{right.Whole}]";
            if (right.Name is { } name)
            {
                yield return $"  resourceNames: [{name}]";
            }

            yield return $"  verbs: [{string.Join(", ", right.Verbs)}]";
        }
    }

    private static string Heading(RightNeed need) => need switch
    {
        RightNeed.Always => "Every lab",
        RightNeed.VirtualMachines => "Virtual machines (KubeVirt)",
        RightNeed.Disks => "Disks of virtual machines (CDI)",
        RightNeed.Networks => "Several networks (Multus)",
        RightNeed.Volumes => "Volumes of containers",
        RightNeed.AuthorsObjects => "Labs whose authors add objects of their own",
        RightNeed.Words => "The cluster's words about machines that do not start",
        _ => throw new ArgumentOutOfRangeException(nameof(need)),
    };

    private static IEnumerable<string> Wrap(string text)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + word.Length > 120)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }
}
