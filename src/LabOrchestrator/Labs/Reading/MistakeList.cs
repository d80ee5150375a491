using System.Collections.Immutable;
using System.Globalization;
using System.Resources;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Collects what is wrong with a lab; its texts come from <c>LabMistakes.resx</c>.</summary>
internal sealed class MistakeList(string file = LabFiles.DefinitionPath)
{
    /// <summary>From here on mistakes are only counted.</summary>
    public const int Maximum = 200;

    private const int LongestShown = 60;
    private static readonly ResourceManager Texts = new("LabOrchestrator.Labs.Reading.LabMistakes", typeof(MistakeList).Assembly);
    private readonly List<LabMistake> _mistakes = [];
    private int _beyond;

    public int Count => _mistakes.Count + _beyond;

    /// <summary>All of them, by place.</summary>
    public ImmutableArray<LabMistake> ToImmutable()
    {
        IEnumerable<LabMistake> sorted = _mistakes.OrderBy(m => m.File, StringComparer.Ordinal).ThenBy(m => m.Line).ThenBy(m => m.Column);
        return _beyond == 0 ? [.. sorted] : [.. sorted, Mistake(file, 0, 0, "", LabMistakeKind.TooManyMistakes, _beyond)];
    }

    /// <summary>Adds a mistake of the definition at a place of its file.</summary>
    public void Add(SourceNode place, string path, LabMistakeKind kind, params ReadOnlySpan<object> arguments) =>
        Add(Mistake(file, place.Line, place.Column, path, kind, arguments));

    /// <summary>Adds a mistake of a value.</summary>
    public void Add(CheckedNode node, LabMistakeKind kind, params ReadOnlySpan<object> arguments) =>
        Add(node.Source, node.Path, kind, arguments);

    /// <summary>Adds a mistake of another file, or of none.</summary>
    public void AddOfFile(string path, LabMistakeKind kind, params ReadOnlySpan<object> arguments) =>
        Add(Mistake(path, 0, 0, "", kind, arguments));

    /// <summary>Path of a key below a path.</summary>
    public static string Join(string path, string key) => path.Length == 0 ? Cut(key) : $"{path}.{Cut(key)}";

    /// <summary>A word of the resource file, for use in a mistake.</summary>
    public static string Word(string name) => Texts.GetString(name, CultureInfo.CurrentUICulture) ?? name;

    /// <summary>One mistake with its texts.</summary>
    public static LabMistake Mistake(
        string file, int line, int column, string path, LabMistakeKind kind, params ReadOnlySpan<object> arguments)
    {
        var shown = new object[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            shown[i] = arguments[i] is string text ? Cut(text) : arguments[i];
        }

        return new LabMistake(file, line, column, path, Format($"{kind}", shown), Format($"{kind}_Remedy", shown));
    }

    private void Add(LabMistake mistake)
    {
        if (_mistakes.Count < Maximum)
        {
            _mistakes.Add(mistake);
        }
        else
        {
            _beyond++;
        }
    }

    private static string Format(string name, object[] arguments) =>
        string.Format(CultureInfo.CurrentCulture, Word(name), arguments);

    // Lists of names are short by themselves; what an author wrote may be anything.
    private static string Cut(string text)
    {
        var oneLine = text.ReplaceLineEndings(" ");
        return oneLine.Length <= LongestShown * 4 && !oneLine.Any(char.IsControl)
            ? oneLine
            : string.Concat(oneLine.Where(c => !char.IsControl(c)).Take(LongestShown)) + "…";
    }
}
