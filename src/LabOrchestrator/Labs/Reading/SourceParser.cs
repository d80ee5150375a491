using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LabOrchestrator.Labs.Reading;

/// <summary>
/// Reads YAML into nodes with places. Only the plain part of YAML is read: no anchors, aliases, tags or second documents.
/// </summary>
internal sealed class SourceParser
{
    /// <summary>How deep lists and mappings may lie in each other.</summary>
    public const int MaximumDepth = 16;

    /// <summary>How many values a file may have.</summary>
    public const int MaximumNodes = 20_000;

    private readonly Parser _parser;
    private readonly MistakeList _mistakes;
    private int _nodes;

    private SourceParser(string text, MistakeList mistakes)
    {
        _parser = new Parser(new StringReader(text));
        _mistakes = mistakes;
    }

    /// <summary>The file's root; null when there is none to work with, and then the mistakes say why.</summary>
    public static SourceNode? Parse(string text, MistakeList mistakes)
    {
        try
        {
            return new SourceParser(text, mistakes).ReadFile();
        }
        catch (LimitReachedException)
        {
            return null;
        }
        catch (YamlException problem)
        {
            AddSyntax(text, problem, mistakes);
            return null;
        }
        catch (Exception problem) when (problem is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            // The scanner lets some damaged input escape as these, without a place.
            mistakes.Add(new SourceUnreadable(0, 0), "", LabMistakeKind.Syntax, problem.Message);
            return null;
        }
    }

    private SourceNode? ReadFile()
    {
        Next();
        Next();
        if (_parser.Current is StreamEnd)
        {
            _mistakes.Add(new SourceUnreadable(1, 1), "", LabMistakeKind.EmptyFile);
            return null;
        }

        Next();
        var root = ReadNode(depth: 0, path: "");
        Next();
        if (_parser.Current is not StreamEnd)
        {
            _mistakes.Add(Place(_parser.Current!.Start), "", LabMistakeKind.SeveralDocuments);
        }

        return root;
    }

    /// <summary>Reads the current node and moves behind it.</summary>
    private SourceNode ReadNode(int depth, string path)
    {
        var current = _parser.Current!;
        var place = Place(current.Start);
        if (depth > MaximumDepth)
        {
            Stop(place, path, LabMistakeKind.TooDeep, MaximumDepth);
        }

        if (++_nodes > MaximumNodes)
        {
            Stop(place, path, LabMistakeKind.TooManyValues, MaximumNodes);
        }

        if (current is AnchorAlias alias)
        {
            _mistakes.Add(place, path, LabMistakeKind.Alias, $"*{alias.Value}");
            Next();
            return place;
        }

        if (current is not NodeEvent node)
        {
            // The scanner lets some damaged mappings end where a value must stand.
            _mistakes.Add(place, path, LabMistakeKind.Syntax, "a value is missing");
            throw new LimitReachedException();
        }

        CheckDecoration(node, place, path);
        return current switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart => ReadList(place, depth, path),
            MappingStart => ReadMap(place, depth, path),
            _ => throw new InvalidOperationException($"Unexpected {current.GetType().Name}."),
        };
    }

    private SourceScalar ReadScalar(Scalar scalar)
    {
        Next();
        return new SourceScalar((int)scalar.Start.Line, (int)scalar.Start.Column, scalar.Value, scalar.Style == ScalarStyle.Plain);
    }

    private SourceList ReadList(SourceNode place, int depth, string path)
    {
        Next();
        var items = new List<SourceNode>();
        while (_parser.Current is not SequenceEnd)
        {
            items.Add(ReadNode(depth + 1, $"{path}[{items.Count}]"));
        }

        Next();
        return new SourceList(place.Line, place.Column, items);
    }

    private SourceMap ReadMap(SourceNode place, int depth, string path)
    {
        Next();
        var entries = new List<SourceEntry>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        while (_parser.Current is not MappingEnd)
        {
            var key = ReadNode(depth + 1, path);
            if (key is not SourceScalar name)
            {
                if (key is not SourceUnreadable)
                {
                    _mistakes.Add(key, path, LabMistakeKind.KeyNotText);
                }

                ReadNode(depth + 1, path);
                continue;
            }

            var valuePath = MistakeList.Join(path, name.Text);
            var value = ReadNode(depth + 1, valuePath);
            if (seen.TryAdd(name.Text, name.Line))
            {
                entries.Add(new SourceEntry(name, value));
            }
            else
            {
                _mistakes.Add(name, valuePath, LabMistakeKind.DuplicateKey, name.Text, seen[name.Text]);
            }
        }

        Next();
        return new SourceMap(place.Line, place.Column, entries);
    }

    private void CheckDecoration(NodeEvent node, SourceNode place, string path)
    {
        if (!node.Anchor.IsEmpty)
        {
            _mistakes.Add(place, path, LabMistakeKind.Alias, $"&{node.Anchor.Value}");
        }

        if (!node.Tag.IsEmpty)
        {
            _mistakes.Add(place, path, LabMistakeKind.Tag, node.Tag.ToString());
        }
    }

    private void Next()
    {
        if (!_parser.MoveNext())
        {
            throw new InvalidOperationException("The file ends in the middle.");
        }
    }

    private void Stop(SourceNode place, string path, LabMistakeKind kind, int limit)
    {
        _mistakes.Add(place, path, kind, limit);
        throw new LimitReachedException();
    }

    private static SourceUnreadable Place(Mark mark) => new((int)mark.Line, (int)mark.Column);

    private static void AddSyntax(string text, YamlException problem, MistakeList mistakes)
    {
        var message = WithoutPlace(problem.Message);
        if (FirstTab(text, (int)problem.Start.Line) is { } tab)
        {
            mistakes.Add(tab, "", LabMistakeKind.SyntaxTab, message);
            return;
        }

        var isColon = message.Contains("invalid mapping", StringComparison.Ordinal);
        mistakes.Add(Place(problem.Start), "", isColon ? LabMistakeKind.SyntaxColon : LabMistakeKind.Syntax, message);
    }

    /// <summary>A tab in the indentation at or just behind a line.</summary>
    private static SourceUnreadable? FirstTab(string text, int line)
    {
        var lines = text.Split('\n');
        for (var number = Math.Max(line, 1); number <= Math.Min(line + 1, lines.Length); number++)
        {
            var indentation = lines[number - 1].Length - lines[number - 1].TrimStart(' ', '\t').Length;
            if (lines[number - 1].IndexOf('\t', 0, indentation) is >= 0 and var column)
            {
                return new SourceUnreadable(number, column + 1);
            }
        }

        return null;
    }

    // The library puts the place in front of some messages: "(Line: 1, …) - (…): text".
    private static string WithoutPlace(string message)
    {
        var end = message.StartsWith("(Line:", StringComparison.Ordinal) ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        return end < 0 ? message : message[(end + 3)..];
    }

    private sealed class LimitReachedException : Exception;
}
