using System.Globalization;

namespace LabOrchestrator.Bench.Measuring;

/// <summary>What /proc says of a process.</summary>
internal static class ProcessFigures
{
    private const double TicksPerSecond = 100;

    /// <summary>CPU seconds of a process, its ended children, and its living descendants.</summary>
    public static double CpuSeconds(int pid)
    {
        var children = new Dictionary<int, List<int>>();
        var ticks = new Dictionary<int, long>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && Stat(id) is { } stat)
            {
                var parent = int.Parse(stat[1], CultureInfo.InvariantCulture);
                ticks[id] = stat[11..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
                (children.TryGetValue(parent, out var list) ? list : children[parent] = []).Add(id);
            }
        }

        long Sum(int id) => ticks.GetValueOrDefault(id) + children.GetValueOrDefault(id, []).Sum(Sum);
        return Sum(pid) / TicksPerSecond;
    }

    /// <summary>Resident bytes that are the process's own: anonymous pages, without files it maps.</summary>
    public static (long Resident, long Anonymous) Memory(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/status");
        long Of(string key) => long.Parse(
            lines.First(l => l.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024;
        return (Of("VmRSS:"), Of("RssAnon:"));
    }

    /// <summary>How many files a process may open at once, at most; the runtime raises the soft limit to it.</summary>
    public static int FileLimit()
    {
        var line = File.ReadAllLines("/proc/self/limits").First(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        var hard = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return int.TryParse(hard, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
    }

    /// <summary>The fields behind the program's name, which may itself hold spaces; null when it has ended.</summary>
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
