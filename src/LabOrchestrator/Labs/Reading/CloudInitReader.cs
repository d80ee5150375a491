using System.Text;
using YamlDotNet.Core;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Reads the cloud-init data of a VM.</summary>
internal sealed class CloudInitReader(MistakeList mistakes, LabFiles files)
{
    private const string CloudConfig = "#cloud-config";
    private static readonly string[] KnownStarts = ["#!", CloudConfig];

    /// <summary>User data from the definition or from its own file; null for none.</summary>
    public string? ReadUserData(CheckedNode cloudInit)
    {
        var (inline, file) = (cloudInit["userData"], cloudInit["userDataFile"]);
        if (inline is not null && file is not null)
        {
            mistakes.Add(file, LabMistakeKind.UserDataTwice);
        }

        var text = inline?.AsText;
        if (file is { AsText: { } path } && new FileReferences(mistakes, files).Read(file, path, LabFormat.MaximumCloudInitBytes) is { } fromFile)
        {
            text ??= fromFile;
        }

        if (text is null || !HasRoom(inline ?? file!, text))
        {
            return null;
        }

        if (!KnownStarts.Any(s => text.StartsWith(s, StringComparison.Ordinal)))
        {
            mistakes.Add(inline ?? file!, LabMistakeKind.UserDataStart);
        }
        else if (text.StartsWith(CloudConfig, StringComparison.Ordinal))
        {
            CheckYaml(inline ?? file!, text);
        }

        return text;
    }

    /// <summary>Network configuration; null for none.</summary>
    public string? ReadNetworkData(CheckedNode cloudInit)
    {
        if (cloudInit["networkData"] is not { AsText: { } text } node || !HasRoom(node, text))
        {
            return null;
        }

        CheckYaml(node, text);
        return text;
    }

    private bool HasRoom(CheckedNode node, string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes <= LabFormat.MaximumCloudInitBytes)
        {
            return true;
        }

        mistakes.Add(node, LabMistakeKind.CloudInitTooLong, node.Path[(node.Path.LastIndexOf('.') + 1)..], bytes, LabFormat.MaximumCloudInitBytes);
        return false;
    }

    // cloud-init reads all of YAML, so anchors and tags are its own affair; only damage is reported.
    private void CheckYaml(CheckedNode node, string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            while (parser.MoveNext())
            {
            }
        }
        catch (YamlException problem)
        {
            mistakes.Add(node, LabMistakeKind.CloudInitSyntax, problem.Start.Line, problem.Message);
        }
        catch (Exception problem) when (problem is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            mistakes.Add(node, LabMistakeKind.CloudInitSyntax, 0, problem.Message);
        }
    }
}
