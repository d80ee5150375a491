using System.Collections.Immutable;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Reads the consoles of a machine.</summary>
internal sealed class ConsoleReader(MistakeList mistakes)
{
    /// <summary>The consoles the author named, or those that the kind has by itself. The kind is null when the image is unknown.</summary>
    public ImmutableArray<ConsoleDefinition> Read(CheckedNode machine, ImageKind? kind)
    {
        if (machine["consoles"] is null)
        {
            return kind == ImageKind.Vm ? [DefaultOf(ConsoleKind.Graphical), DefaultOf(ConsoleKind.Terminal)] : [DefaultOf(ConsoleKind.Terminal)];
        }

        var consoles = ImmutableArray.CreateBuilder<ConsoleDefinition>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in machine.List("consoles"))
        {
            var kindNode = node.AsText is null ? node["kind"] : node;
            if (kindNode?.AsText is not { } word)
            {
                continue;
            }

            var console = ReadOne(node, kindNode, word);
            if (!lines.TryAdd(console.Name, node.Source.Line))
            {
                mistakes.Add(node["name"] ?? node, LabMistakeKind.DuplicateName, console.Name, lines[console.Name]);
            }

            CheckKind(kindNode, console, kind, consoles);
            consoles.Add(console);
        }

        return consoles.ToImmutable();
    }

    private ConsoleDefinition ReadOne(CheckedNode node, CheckedNode kindNode, string word)
    {
        var kind = Enum.Parse<ConsoleKind>(word, ignoreCase: true);
        var port = node["port"];
        if (kind == ConsoleKind.Web && port is null)
        {
            mistakes.Add(kindNode, LabMistakeKind.WebWithoutPort);
        }
        else if (kind != ConsoleKind.Web && port is not null)
        {
            mistakes.Add(port, LabMistakeKind.PortWithoutWeb, word);
        }

        return new ConsoleDefinition(node.Text("name") ?? word, kind, (int?)node.Number("port"));
    }

    private void CheckKind(CheckedNode node, ConsoleDefinition console, ImageKind? kind, IEnumerable<ConsoleDefinition> before)
    {
        if (kind == ImageKind.Container && console.Kind == ConsoleKind.Graphical)
        {
            mistakes.Add(node, LabMistakeKind.ConsoleNotForContainer);
        }

        if (kind == ImageKind.Vm && console.Kind != ConsoleKind.Web && before.Any(c => c.Kind == console.Kind))
        {
            mistakes.Add(node, LabMistakeKind.SecondConsole, NameOf(console.Kind));
        }
    }

    private static ConsoleDefinition DefaultOf(ConsoleKind kind) => new(NameOf(kind), kind);

    private static string NameOf(ConsoleKind kind) => $"{kind}".ToLowerInvariant();
}
