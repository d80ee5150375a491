namespace LabOrchestrator.Labs.Reading;

/// <summary>Finds what somebody may have meant.</summary>
public static class NearestWord
{
    /// <summary>The candidates that are near, the nearest first; at most three.</summary>
    public static IReadOnlyList<string> Of(string word, IEnumerable<string> candidates)
    {
        if (word.Length > 100)
        {
            return [];
        }

        var most = Math.Max(1, word.Length / 3);
        return [.. candidates.Distinct()
            .Select(c => (Word: c, Distance: Distance(word.ToLowerInvariant(), c.ToLowerInvariant())))
            .Where(c => c.Distance <= most)
            .OrderBy(c => c.Distance).ThenBy(c => c.Word, StringComparer.Ordinal)
            .Take(3).Select(c => c.Word)];
    }

    // Insertions, deletions, replacements and exchanges of neighbours, each counting one.
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            rows[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
