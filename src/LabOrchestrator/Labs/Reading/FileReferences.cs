using System.Text;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Follows what a definition says of other files of its lab.</summary>
internal sealed class FileReferences(MistakeList mistakes, LabFiles files)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Text of a file that a value names; null, with the mistake reported, when there is none to use.</summary>
    public string? Read(CheckedNode node, string path, int maximumBytes)
    {
        if (!LabPath.IsInside(path))
        {
            mistakes.Add(node, LabMistakeKind.UnsafePath, path);
            return null;
        }

        if (!files.Files.TryGetValue(path, out var content))
        {
            var near = NearestWord.Of(path, files.Files.Keys);
            mistakes.Add(
                node, near.Count > 0 ? LabMistakeKind.MissingFileNear : LabMistakeKind.MissingFile, path, near.Count > 0 ? near[0] : "");
            return null;
        }

        return Decode(path, content, maximumBytes, mistakes);
    }

    /// <summary>Text of a file; null, with the mistake reported, when it is too long or no text.</summary>
    public static string? Decode(string path, ReadOnlyMemory<byte> content, int maximumBytes, MistakeList mistakes)
    {
        if (content.Length > maximumBytes)
        {
            mistakes.AddOfFile(path, LabMistakeKind.FileTooLong, content.Length, maximumBytes);
            return null;
        }

        try
        {
            var text = Strict.GetString(content.Span);
            if (!text.Contains('\0'))
            {
                return text.StartsWith('\uFEFF') ? text[1..] : text;
            }
        }
        catch (DecoderFallbackException)
        {
        }

        mistakes.AddOfFile(path, LabMistakeKind.NotText);
        return null;
    }
}
