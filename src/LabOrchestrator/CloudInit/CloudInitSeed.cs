using System.Collections.Immutable;
using System.Text;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.CloudInit;

/// <summary>
/// What a VM reads of itself when it boots, in the form of cloud-init's NoCloud: the texts of a volume labelled <c>cidata</c>.
/// The same on every runtime.
/// </summary>
/// <param name="MetaData">The file <c>meta-data</c>.</param>
/// <param name="UserData">The file <c>user-data</c>; holds passwords in clear.</param>
/// <param name="NetworkConfig">The file <c>network-config</c>.</param>
public sealed record CloudInitSeed(string MetaData, string UserData, string NetworkConfig)
{
    private const string Boundary = "==lab-orchestrator==";

    /// <summary>Composes the seed of a machine.</summary>
    /// <param name="identity">Identity of the machine's disk: cloud-init does its work again when this changes.</param>
    /// <param name="machine">The machine, with its credentials.</param>
    /// <param name="cards">Hardware addresses of its cards, in their order.</param>
    /// <exception cref="InstanceFailedException">A password or user name cannot be written down.</exception>
    public static CloudInitSeed Compose(string identity, MachineSpec machine, IReadOnlyList<string> cards) => new(
        $"instance-id: {identity}\nlocal-hostname: {machine.Name}\n",
        Multipart([("text/cloud-config", Credentials(machine)), .. AuthorsPart(machine.Definition.UserData)]),
        machine.Definition.NetworkData ?? DhcpOn(cards));

    private static string Credentials(MachineSpec machine)
    {
        if (machine.Credentials.IsEmpty)
        {
            return "#cloud-config\n{}\n";
        }

        var text = new StringBuilder("#cloud-config\nchpasswd:\n  expire: false\n  list: |\n");
        foreach (var credential in machine.Credentials)
        {
            if ((credential.Username + credential.Password).Any(char.IsControl) || credential.Username.Contains(':', StringComparison.Ordinal))
            {
                throw new InstanceFailedException("A user name or password has control characters or a colon. Correct the lab.", machine.Name);
            }

            text.Append("    ").Append(credential.Username).Append(':').Append(credential.Password).Append('\n');
        }

        return text.ToString();
    }

    private static ImmutableArray<(string Type, string Text)> AuthorsPart(string? userData) =>
        string.IsNullOrWhiteSpace(userData) ? [] : [(TypeOf(userData), userData.ReplaceLineEndings("\n"))];

    /// <summary>The MIME type that cloud-init knows a text's first line by.</summary>
    internal static string TypeOf(string userData) => userData.TrimStart('\uFEFF') switch
    {
        ['#', '!', ..] => "text/x-shellscript",
        var text when text.StartsWith("#include", StringComparison.Ordinal) => "text/x-include-url",
        var text when text.StartsWith("#cloud-boothook", StringComparison.Ordinal) => "text/cloud-boothook",
        var text when text.StartsWith("#cloud-config-archive", StringComparison.Ordinal) => "text/cloud-config-archive",
        var text when text.StartsWith("## template: jinja", StringComparison.Ordinal) => "text/jinja2",
        _ => "text/cloud-config",
    };

    private static string Multipart(ImmutableArray<(string Type, string Text)> parts)
    {
        var text = new StringBuilder($"Content-Type: multipart/mixed; boundary=\"{Boundary}\"\nMIME-Version: 1.0\n\n");
        foreach (var (type, body) in parts)
        {
            // Base64, so that nothing an author writes can end the part.
            text.Append("--").Append(Boundary).Append('\n')
                .Append("Content-Type: ").Append(type).Append("; charset=\"utf-8\"\n")
                .Append("MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n")
                .Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(body), Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n"))
                .Append('\n');
        }

        return text.Append("--").Append(Boundary).Append("--\n").ToString();
    }

    private static string DhcpOn(IReadOnlyList<string> cards)
    {
        var text = new StringBuilder("version: 2\nethernets:\n");
        for (var i = 0; i < cards.Count; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"  card{i}:\n    match: {{macaddress: \"{cards[i]}\"}}\n")
                .Append("    dhcp4: true\n    dhcp-identifier: mac\n    optional: true\n");
        }

        return text.ToString();
    }
}
