using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Tests.Configuration;

/// <summary>Writes the reference of all settings from the options themselves: their doc comments, types and defaults.</summary>
internal static partial class ConfigurationReference
{
    private const string Head = """
        # Configuration reference

        Everything is set by environment variables; `make run` passes them on. They are read once, when the server starts. A wrong value is
        refused with the variable's name and what it must be; a variable with this prefix that means nothing is warned of.
        Sizes are in bytes. What the server logs is set by `LABORCHESTRATOR_Logging__LogLevel__Default` and
        `LABORCHESTRATOR_Logging__LogLevel__CATEGORY` (`Debug`, `Information`, `Warning`, `Error`, `None`).

        The scripts know three more: `LABORCHESTRATOR_CACHE` is the folder of built images, `LABORCHESTRATOR_DebianMirror` and
        `LABORCHESTRATOR_DebianSecurityMirror` are where Debian's packages come from (unset: from this machine's own apt sources where they
        have Debian 12, else from Debian's own mirrors).

        This file is made by a test from the code.

        """;

    // Defaults that depend on the machine or on other settings.
    private static readonly Dictionary<string, string> Defaults = new()
    {
        ["DataDirectory"] = "`/var/lib/lab-orchestrator` for root, else `$XDG_DATA_HOME/lab-orchestrator` (`~/.local/share/lab-orchestrator`)",
        ["Admin__Password"] = "generated at the first start",
        ["Docker__Endpoint"] = "`$DOCKER_HOST`, else `/var/run/docker.sock`",
        ["Docker__RunDirectory"] = "`/run/lab-orchestrator` for root, else `$XDG_RUNTIME_DIR/lab-orchestrator`",
        ["Kubernetes__Kubeconfig"] = "`$KUBECONFIG`, in a pod its service account, else `~/.kube/config`",
        ["Images__StateFile"] = "`images.json` in `$LABORCHESTRATOR_CACHE`, else in `$XDG_CACHE_HOME/lab-orchestrator` (`~/.cache/lab-orchestrator`)",
        ["Limits__ParallelStarts"] = "twice the processors, at least 4",
        ["Limits__MemoryBytes"] = "nine tenths of what the engine reports",
        ["PrototypeApi__Enabled"] = "`true` while the server listens on loopback alone",
    };

    /// <summary>All settings, for example <c>Http__Port</c>.</summary>
    public static IEnumerable<string> Keys => Sections.SelectMany(s => SettingsReader.SettingsOf(s.PropertyType).Select(p => KeyOf(s, p)));

    private static IEnumerable<PropertyInfo> Sections =>
        typeof(Settings).GetProperties().Where(p => p.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal));

    public static string Write()
    {
        var text = new StringBuilder(Head);
        foreach (var section in Sections)
        {
            var name = section.Name == nameof(Settings.General) ? "" : section.Name;
            text.AppendLine(CultureInfo.InvariantCulture, $"\n## {(name.Length == 0 ? "General" : name)}\n\n{Summary($"T:{section.PropertyType.FullName}", section.PropertyType)}\n");
            text.AppendLine("| variable | meaning | default |\n|---|---|---|");
            var defaults = Activator.CreateInstance(section.PropertyType)!;
            foreach (var setting in SettingsReader.SettingsOf(section.PropertyType))
            {
                var key = KeyOf(section, setting);
                var meaning = Summary($"P:{setting.DeclaringType!.FullName}.{setting.Name}", section.PropertyType);
                meaning.ShouldNotBeEmpty($"{key} has no doc comment");
                text.AppendLine(CultureInfo.InvariantCulture, $"| `{SettingsReader.Prefix}{key}` | {meaning} | {DefaultOf(key, setting, defaults)} |");
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string KeyOf(PropertyInfo section, PropertyInfo setting) =>
        section.Name == nameof(Settings.General) ? setting.Name : $"{section.Name}__{setting.Name}";

    private static string DefaultOf(string key, PropertyInfo setting, object defaults) => Defaults.GetValueOrDefault(key) ?? setting.GetValue(defaults) switch
    {
        null => "none",
        bool flag => flag ? "`true`" : "`false`",
        var value => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
    };

    private static string Summary(string member, Type of)
    {
        var comments = XDocument.Load(Path.ChangeExtension(of.Assembly.Location, ".xml"));
        var summary = comments.Descendants("member").FirstOrDefault(m => m.Attribute("name")?.Value == member)?.Element("summary");
        var words = string.Concat((summary?.Nodes() ?? []).Select(n => n switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")?.Value.Split('.')[^1]}`",
            _ => n.ToString(),
        }));
        return Blanks().Replace(words, " ").Trim().Replace(", section `Section`", "", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
