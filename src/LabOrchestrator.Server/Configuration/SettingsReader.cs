using System.Globalization;
using System.Reflection;

namespace LabOrchestrator.Server.Configuration;

/// <summary>Fills options from texts and collects what is wrong with them, in sentences for the person who set them.</summary>
internal sealed class SettingsReader(IConfiguration source)
{
    /// <summary>What the environment's variables begin with.</summary>
    public const string Prefix = "LABORCHESTRATOR_";

    private readonly List<string> _mistakes = [];
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>All mistakes so far.</summary>
    public IReadOnlyList<string> Mistakes => _mistakes;

    /// <summary>All keys that were asked for, without the prefix.</summary>
    public IReadOnlyCollection<string> KnownKeys => _known;

    /// <summary>Fills the options of a section (empty for the keys without one) and checks them.</summary>
    public T Read<T>(string section, T options, Func<T, IEnumerable<string>>? check = null)
        where T : class
    {
        var before = _mistakes.Count;
        foreach (var property in SettingsOf(typeof(T)))
        {
            var key = section.Length == 0 ? property.Name : $"{section}__{property.Name}";
            _known.Add(key);
            var text = source[key.Replace("__", ":", StringComparison.Ordinal)];
            if (text is null || (text.Length == 0 && !property.IsDefined(typeof(MayBeEmptyAttribute))))
            {
                continue;
            }

            if (TryParse(text, property.PropertyType, out var value))
            {
                property.SetValue(options, value);
            }
            else
            {
                _mistakes.Add($"{Prefix}{key} must be {Meaning(property.PropertyType)}, not \"{text}\".");
            }
        }

        if (_mistakes.Count == before)
        {
            var sentences = check is not null ? check(options) : (options as ICheckedOptions)?.Check() ?? [];
            _mistakes.AddRange(sentences.Select(WithPrefixes));
        }

        return options;
    }

    /// <summary>Copies all settings of one object to another.</summary>
    public static void Copy<T>(T from, T to)
        where T : class
    {
        foreach (var property in SettingsOf(typeof(T)))
        {
            property.SetValue(to, property.GetValue(from));
        }
    }

    /// <summary>The properties of an options type that can be set.</summary>
    public static IEnumerable<PropertyInfo> SettingsOf(Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is { IsPublic: true });

    // Options name their keys without the prefix, for they do not know it; people look for whole names.
    private string WithPrefixes(string sentence) => string.Join(' ', sentence.Split(' ').Select(word =>
    {
        var key = word.TrimStart('(').Split('=', ',', ')', '.', ':')[0];
        return key.Length > 0 && _known.Contains(key) && (key.Contains("__", StringComparison.Ordinal) || sentence.StartsWith(key, StringComparison.Ordinal))
            ? word.Replace(key, Prefix + key, StringComparison.Ordinal)
            : word;
    }));

    private static bool TryParse(string text, Type type, out object? value)
    {
        value = null;
        switch (Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type))
        {
            case TypeCode.String:
                value = text;
                return true;
            case TypeCode.Boolean when bool.TryParse(text, out var flag):
                value = flag;
                return true;
            case TypeCode.Int32 when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number):
                value = number;
                return true;
            case TypeCode.Int64 when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number):
                value = number;
                return true;
            default:
                return false;
        }
    }

    private static string Meaning(Type type) => (Nullable.GetUnderlyingType(type) ?? type) == typeof(bool) ? "true or false" : "a whole number";
}
