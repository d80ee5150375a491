using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Holds what an author wrote against the shapes of <see cref="LabFormat"/>.</summary>
internal sealed partial class ShapeReader(MistakeList mistakes)
{
    /// <summary>The value with its mistakes reported; what was wrong has no value.</summary>
    public CheckedNode Read(Shape shape, SourceNode source, string path)
    {
        if (source is SourceUnreadable)
        {
            return new CheckedNode(path, source, null);
        }

        if (source is SourceScalar { IsPlain: true, Text: "" or "~" or "null" or "Null" or "NULL" })
        {
            return Wrong(source, path, LabMistakeKind.NoValue, NameOf(path));
        }

        return shape switch
        {
            TextShape text => source is SourceScalar scalar ? ReadText(text, scalar, path) : WrongType(source, path, "Type_Text"),
            SizeShape size => source is SourceScalar scalar ? ReadSize(size, scalar, path) : WrongType(source, path, "Type_Size"),
            NumberShape number => source is SourceScalar scalar ? ReadNumber(number, scalar, path) : WrongType(source, path, "Type_Number"),
            FlagShape => ReadFlag(source, path),
            ChoiceShape choice => source is SourceScalar scalar ? ReadChoice(choice, scalar, path) : WrongType(source, path, "Type_Word"),
            ListShape list => source is SourceList items ? ReadList(list, items, path) : WrongType(source, path, "Type_List"),
            MapShape map => source is SourceMap entries ? ReadMap(map, entries, path) : WrongType(source, path, "Type_Map"),
            TextMapShape map => source is SourceMap entries ? ReadTexts(map, entries, path) : WrongType(source, path, "Type_Map"),
            FreeShape => source is SourceMap ? new CheckedNode(path, source, PlainJson.Of(source)) : WrongType(source, path, "Type_Map"),
            EitherShape either => Read(source is SourceMap ? either.Long : either.Short, source, path),
            _ => throw new ArgumentOutOfRangeException(nameof(shape)),
        };
    }

    private CheckedNode ReadText(TextShape shape, SourceScalar scalar, string path)
    {
        var text = scalar.Text;
        if (scalar.IsPlain && !shape.TakesAnyScalar && LooksLikeAnotherType().IsMatch(text))
        {
            return Wrong(scalar, path, LabMistakeKind.NeedsQuotes, text);
        }

        if (HasForbiddenCharacters(text, shape.IsMultiLine))
        {
            return Wrong(scalar, path, LabMistakeKind.ForbiddenCharacter, NameOf(path));
        }

        if (text.Length < shape.MinimumLength)
        {
            return Wrong(scalar, path, LabMistakeKind.NoValue, NameOf(path));
        }

        if (text.Length > shape.MaximumLength)
        {
            return Wrong(scalar, path, LabMistakeKind.TextTooLong, NameOf(path), text.Length, shape.MaximumLength);
        }

        return shape.Matches(text)
            ? new CheckedNode(path, scalar, text)
            : Wrong(scalar, path, LabMistakeKind.WrongText, text, shape.Meaning);
    }

    private CheckedNode ReadSize(SizeShape shape, SourceScalar scalar, string path)
    {
        switch (ByteSize.Parse(scalar.Text, out var bytes))
        {
            case ByteSize.Outcome.WithoutUnit:
                return Wrong(scalar, path, LabMistakeKind.SizeWithoutUnit, scalar.Text);
            case ByteSize.Outcome.Unknown:
                return Wrong(scalar, path, LabMistakeKind.UnknownSize, scalar.Text);
            default:
                return bytes >= shape.Minimum && bytes <= shape.Maximum
                    ? new CheckedNode(path, scalar, bytes)
                    : Wrong(scalar, path, LabMistakeKind.OutOfRange, scalar.Text, ByteSize.Format(shape.Minimum), ByteSize.Format(shape.Maximum));
        }
    }

    private CheckedNode ReadNumber(NumberShape shape, SourceScalar scalar, string path)
    {
        if (!scalar.IsPlain && Number().IsMatch(scalar.Text))
        {
            return Wrong(scalar, path, LabMistakeKind.NumberInQuotes, scalar.Text);
        }

        if (!Number().IsMatch(scalar.Text)
            || !decimal.TryParse(scalar.Text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return WrongType(scalar, path, "Type_Number");
        }

        if (shape.IsWhole && number != decimal.Truncate(number))
        {
            return Wrong(scalar, path, LabMistakeKind.NotWhole, scalar.Text);
        }

        return number >= shape.Minimum && number <= shape.Maximum
            ? new CheckedNode(path, scalar, number)
            : Wrong(scalar, path, LabMistakeKind.OutOfRange, scalar.Text, shape.Minimum, shape.Maximum);
    }

    private CheckedNode ReadFlag(SourceNode source, string path) => source switch
    {
        SourceScalar { IsPlain: true, Text: "true" or "True" or "TRUE" } => new CheckedNode(path, source, true),
        SourceScalar { IsPlain: true, Text: "false" or "False" or "FALSE" } => new CheckedNode(path, source, false),
        _ => WrongType(source, path, "Type_Flag"),
    };

    private CheckedNode ReadChoice(ChoiceShape shape, SourceScalar scalar, string path)
    {
        if (shape.Choices.Contains(scalar.Text))
        {
            return new CheckedNode(path, scalar, scalar.Text);
        }

        var near = NearestWord.Of(scalar.Text, shape.Choices);
        return near.Count > 0
            ? Wrong(scalar, path, LabMistakeKind.UnknownWordNear, scalar.Text, near[0])
            : Wrong(scalar, path, LabMistakeKind.UnknownWord, scalar.Text, Quoted(shape.Choices));
    }

    private CheckedNode ReadList(ListShape shape, SourceList list, string path)
    {
        if (list.Items.Count < shape.Minimum || list.Items.Count > shape.Maximum)
        {
            mistakes.Add(list, path, LabMistakeKind.WrongCount, NameOf(path), list.Items.Count, shape.Minimum, shape.Maximum);
        }

        ImmutableArray<CheckedNode> items = [.. list.Items.Select((item, index) => Read(shape.Item, item, $"{path}[{index}]"))];
        return new CheckedNode(path, list, items);
    }

    private CheckedNode ReadMap(MapShape shape, SourceMap map, string path)
    {
        var values = ImmutableDictionary.CreateBuilder<string, CheckedNode>(StringComparer.Ordinal);
        foreach (var (key, value) in map.Entries)
        {
            var keyPath = MistakeList.Join(path, key.Text);
            if (shape.Find(key.Text) is { } rule)
            {
                values[rule.Name] = Read(rule.Shape, value, keyPath);
                continue;
            }

            var near = NearestWord.Of(key.Text, shape.Keys.Select(k => k.Name));
            mistakes.Add(
                key, keyPath, near.Count > 0 ? LabMistakeKind.UnknownKeyNear : LabMistakeKind.UnknownKey,
                key.Text, near.Count > 0 ? near[0] : Quoted(shape.Keys.Select(k => k.Name)));
        }

        foreach (var missing in shape.Keys.Where(k => k.IsRequired && !values.ContainsKey(k.Name)))
        {
            mistakes.Add(map, MistakeList.Join(path, missing.Name), LabMistakeKind.MissingKey, missing.Name, missing.Example);
        }

        return new CheckedNode(path, map, values.ToImmutable());
    }

    private CheckedNode ReadTexts(TextMapShape shape, SourceMap map, string path)
    {
        if (map.Entries.Count > shape.Maximum)
        {
            mistakes.Add(map, path, LabMistakeKind.WrongCount, NameOf(path), map.Entries.Count, 0, shape.Maximum);
        }

        var values = ImmutableDictionary.CreateBuilder<string, CheckedNode>(StringComparer.Ordinal);
        foreach (var (key, value) in map.Entries)
        {
            var keyPath = MistakeList.Join(path, key.Text);
            ReadText(shape.Key with { TakesAnyScalar = true }, key, keyPath);
            values[key.Text] = Read(shape.Value, value, keyPath);
        }

        return new CheckedNode(path, map, values.ToImmutable());
    }

    private CheckedNode WrongType(SourceNode source, string path, string expected)
    {
        var found = source switch
        {
            SourceList => "Type_List",
            SourceMap => "Type_Map",
            SourceScalar { IsPlain: true } scalar when Number().IsMatch(scalar.Text) => "Type_Number",
            _ => "Type_Text",
        };
        return Wrong(source, path, LabMistakeKind.WrongType, NameOf(path), MistakeList.Word(expected), MistakeList.Word(found));
    }

    private CheckedNode Wrong(SourceNode source, string path, LabMistakeKind kind, params ReadOnlySpan<object> arguments)
    {
        mistakes.Add(source, path, kind, arguments);
        return new CheckedNode(path, source, null);
    }

    private static string NameOf(string path) => path.Length == 0 ? LabFiles.DefinitionPath : path[(path.LastIndexOf('.') + 1)..];

    private static string Quoted(IEnumerable<string> words) => string.Join(", ", words.Select(w => $"`{w}`"));

    // Lone surrogates and NUL cannot be stored; other control characters are never meant.
    private static bool HasForbiddenCharacters(string text, bool isMultiLine)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]) || IsForbidden(text[i], isMultiLine))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsForbidden(char character, bool isMultiLine) =>
        isMultiLine
            ? char.IsControl(character) && character is not ('\n' or '\r' or '\t')
            : char.IsControl(character) || character is '\u2028' or '\u2029';

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Number();

    // Null, truth values and numbers of YAML's core schema: an editor with the JSON Schema sees them as such.
    [GeneratedRegex(
        @"\A(true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex LooksLikeAnotherType();
}
