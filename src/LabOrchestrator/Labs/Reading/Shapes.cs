using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace LabOrchestrator.Labs.Reading;

/// <summary>What may stand at a place of <c>lab.yaml</c>; reader, JSON Schema and reference page all follow it.</summary>
internal abstract record Shape;

/// <summary>A text. <see cref="Meaning"/> completes the sentence "must be …".</summary>
internal sealed record TextShape(string Meaning, int MaximumLength, int MinimumLength = 1) : Shape
{
    private Regex? _regex;

    /// <summary>Regular expression for the whole text, in the common part of .NET and ECMAScript; null for any.</summary>
    public string? Pattern { get; init; }

    public bool IsMultiLine { get; init; }

    /// <summary>Whether numbers and truth values without quotes are taken as they are written.</summary>
    public bool TakesAnyScalar { get; init; }

    public bool Matches(string text)
    {
        if (Pattern is null)
        {
            return true;
        }

        _regex ??= new Regex($"\\A(?:{Pattern})\\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        return _regex.IsMatch(text);
    }
}

/// <summary>A number of bytes with its unit.</summary>
internal sealed record SizeShape(long Minimum, long Maximum) : Shape;

/// <summary>A number.</summary>
internal sealed record NumberShape(decimal Minimum, decimal Maximum, bool IsWhole) : Shape;

/// <summary>True or false.</summary>
internal sealed record FlagShape : Shape;

/// <summary>One of a few words.</summary>
internal sealed record ChoiceShape(ImmutableArray<string> Choices) : Shape;

/// <summary>A list.</summary>
internal sealed record ListShape(Shape Item, int Minimum, int Maximum) : Shape;

/// <summary>Known keys. The name is that of its definition in the JSON Schema and of its table in the reference.</summary>
internal sealed record MapShape(string Name, string Meaning, ImmutableArray<KeyRule> Keys) : Shape
{
    public KeyRule? Find(string key) => Keys.FirstOrDefault(k => k.Name == key);
}

/// <summary>Keys of the author's choice with texts.</summary>
internal sealed record TextMapShape(TextShape Key, TextShape Value, int Maximum) : Shape;

/// <summary>Keys and values of the author's choice, to any depth, taken over as JSON.</summary>
internal sealed record FreeShape(string Meaning) : Shape;

/// <summary>A short form, or the same with keys.</summary>
internal sealed record EitherShape(Shape Short, MapShape Long) : Shape;

/// <summary>A key of a mapping.</summary>
/// <param name="Name">The key.</param>
/// <param name="Shape">What its value may be.</param>
/// <param name="Meaning">What it means, in Markdown.</param>
internal sealed record KeyRule(string Name, Shape Shape, string Meaning)
{
    public bool IsRequired { get; init; }

    /// <summary>What holds when it is left out, in Markdown.</summary>
    public string? Default { get; init; }

    /// <summary>A value as an author would write it.</summary>
    public required string Example { get; init; }
}
