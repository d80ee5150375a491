using LabOrchestrator.KubernetesSimulator.Requests;

namespace LabOrchestrator.KubernetesSimulator.Store;

/// <summary>Label and field selectors of lists and watches.</summary>
internal static class Selectors
{
    /// <summary>A test for both; an empty one selects all.</summary>
    public static Func<StoredObject, bool> Parse(string? labels, string? fields)
    {
        List<Func<StoredObject, bool>> tests = [.. Split(labels).Select(Label), .. Split(fields).Select(Field)];
        return tests.Count switch
        {
            0 => static _ => true,
            1 => tests[0],
            _ => o => tests.TrueForAll(t => t(o)),
        };
    }

    /// <summary>A selector as objects carry it: matchLabels and matchExpressions.</summary>
    public static bool Matches(System.Text.Json.Nodes.JsonNode? selector, IReadOnlyDictionary<string, string> labels)
    {
        var exact = selector.At("matchLabels") as System.Text.Json.Nodes.JsonObject;
        var all = exact is null || exact.All(l => labels.TryGetValue(l.Key, out var value) && value == l.Value.Text());
        return all && selector.Objects("matchExpressions").All(e =>
        {
            var has = labels.TryGetValue(e.Text("key")!, out var value);
            return e.Text("operator") switch
            {
                "In" => has && e.Texts("values").Contains(value),
                "NotIn" => !has || !e.Texts("values").Contains(value),
                "Exists" => has,
                _ => !has,
            };
        });
    }

    private static Func<StoredObject, bool> Label(string term)
    {
        var text = term.Trim();
        if (text.Contains(" in ", StringComparison.Ordinal) || text.Contains(" in(", StringComparison.Ordinal) || text.Contains(" notin", StringComparison.Ordinal))
        {
            var open = text.IndexOf('(', StringComparison.Ordinal);
            var words = text[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var values = text[(open + 1)..].TrimEnd(')').Split(',', StringSplitOptions.TrimEntries);
            return words[1] == "in"
                ? o => o.Labels.TryGetValue(words[0], out var v) && values.Contains(v)
                : o => !o.Labels.TryGetValue(words[0], out var v) || !values.Contains(v);
        }

        if (text.StartsWith('!'))
        {
            var absent = text[1..].Trim();
            return o => !o.Labels.ContainsKey(absent);
        }

        if (Pair(text) is not var (key, value, equal))
        {
            return o => o.Labels.ContainsKey(text);
        }

        return o => (o.Labels.TryGetValue(key, out var v) && v == value) == equal;
    }

    private static Func<StoredObject, bool> Field(string term)
    {
        if (Pair(term.Trim()) is not var (key, value, equal))
        {
            throw ApiRefusal.BadRequest($"invalid field selector \"{term}\": can't understand");
        }

        return key switch
        {
            "metadata.name" => o => (o.Name == value) == equal,
            "metadata.namespace" => o => (o.Namespace == value) == equal,
            _ => o => (Value(o, key) == value) == equal,
        };
    }

    private static string Value(StoredObject one, string key) => one.Read().Text(key.Split('.')) ?? "";

    private static (string Key, string Value, bool Equal)? Pair(string term)
    {
        foreach (var (sign, equal) in new[] { ("!=", false), ("==", true), ("=", true) })
        {
            var at = term.IndexOf(sign, StringComparison.Ordinal);
            if (at > 0)
            {
                return (term[..at].Trim(), term[(at + sign.Length)..].Trim(), equal);
            }
        }

        return null;
    }

    /// <summary>At commas that are not in brackets.</summary>
    private static IEnumerable<string> Split(string? selector)
    {
        var depth = 0;
        var start = 0;
        selector ??= "";
        for (var at = 0; at <= selector.Length; at++)
        {
            if (at == selector.Length || (selector[at] == ',' && depth == 0))
            {
                if (at > start)
                {
                    yield return selector[start..at];
                }

                start = at + 1;
            }
            else
            {
                depth += selector[at] switch { '(' => 1, ')' => -1, _ => 0 };
            }
        }
    }
}
