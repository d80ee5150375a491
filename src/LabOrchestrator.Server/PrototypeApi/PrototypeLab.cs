using System.Globalization;
using System.Text;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>A lab as the prototype describes it.</summary>
/// <param name="Name">What people read.</param>
/// <param name="NamespacePrefix">First part of its instances' names on a cluster; also the lab's key, for both are unique DNS labels.</param>
/// <param name="Description">A few sentences.</param>
/// <param name="ImageId">The image of its only machine.</param>
/// <param name="MachineName">The name of that machine.</param>
internal sealed record PrototypeLab(string Name, string NamespacePrefix, string Description, long ImageId, string MachineName)
{
    /// <summary>Reads a lab, and notes what is wrong with its parameters.</summary>
    public static PrototypeLab From(PrototypeParameters parameters)
    {
        var prefix = parameters.Text("namespace_prefix", 255);
        if (prefix.Length > 0 && !LabCatalogue.IsNamespacePrefix(prefix))
        {
            parameters.Add(
                "namespace_prefix",
                $"\"{prefix}\" cannot begin a namespace's name. Use at most 40 lower-case letters, digits and -, with a letter among them and no - at the ends.");
        }

        return new PrototypeLab(
            parameters.Text("name", 100),
            prefix,
            parameters.Optional("description", 4000) ?? "",
            parameters.Id("docker_image_id"),
            parameters.Text("docker_image_name", 255));
    }

    /// <summary>The parameter that a mistake in the composed lab comes from.</summary>
    public static string ParameterOf(LabMistake mistake) => mistake.Path switch
    {
        "name" or "namespacePrefix" => "namespace_prefix",
        "title" => "name",
        "description" => "description",
        "machines[0].image" => "docker_image_id",
        _ => "docker_image_name",
    };

    /// <summary>Whether another lab already has what must be unique.</summary>
    public bool IsTakenBy(Lab other) => other.Title == Name || other.NamespacePrefix == NamespacePrefix || other.Name == NamespacePrefix;

    /// <summary>The same as a <c>lab.yaml</c>.</summary>
    public LabFiles Compose(Image image)
    {
        var yaml = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"name: {Quote(NamespacePrefix)}")
            .AppendLine(CultureInfo.InvariantCulture, $"title: {Quote(Name)}");
        if (Description.Length > 0)
        {
            yaml.AppendLine(CultureInfo.InvariantCulture, $"description: {Quote(Description)}");
        }

        yaml.AppendLine("machines:")
            .AppendLine(CultureInfo.InvariantCulture, $"  - name: {Quote(MachineName)}")
            .AppendLine(CultureInfo.InvariantCulture, $"    image: {Quote(image.Name)}");
        if (image.Kind == ImageKind.Vm)
        {
            // The prototype gave every VM three processors and 3 GB, which few machines have for several users.
            yaml.AppendLine("    memory: 1GiB");
        }

        return LabFiles.FromDefinition(yaml.ToString());
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
