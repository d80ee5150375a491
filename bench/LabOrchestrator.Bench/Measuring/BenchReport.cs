using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LabOrchestrator.Bench.Measuring;

/// <summary>What a command measured.</summary>
/// <param name="Title">What it is about.</param>
internal sealed record BenchReport(string Title)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The measures, in their order in the table.</summary>
    public List<BenchMeasure> Measures { get; } = [];

    /// <summary>What a reader must know to judge the figures.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>True when every goal was met.</summary>
    public bool IsMet => Measures.All(m => m.IsMet != false);

    /// <summary>Prints the table and writes <c>artifacts/bench/NAME.json</c>.</summary>
    public async Task WriteAsync(string name, CancellationToken cancellationToken)
    {
        Console.WriteLine($"\n{Title}");
        var width = Measures.Max(m => m.Name.Length);
        foreach (var m in Measures)
        {
            var goal = m.Goal is null ? "" : $"goal {m.Goal,-9} {(m.IsMet == true ? "met" : "MISSED")}";
            var spread = m.Values.Count > 1 ? $"({Number(m.Values.Min())} to {Number(m.Values.Max())})" : "";
            Console.WriteLine($"  {m.Name.PadRight(width)}  {Number(m.Value),10} {m.Unit,-8} {spread,-22} {goal}");
        }

        foreach (var remark in Remarks)
        {
            Console.WriteLine($"  * {remark}");
        }

        var folder = Path.Combine(RepositoryRoot(), "artifacts", "bench");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.json"), JsonSerializer.Serialize(this, Json) + "\n", cancellationToken);
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "F0" : "F2", CultureInfo.InvariantCulture);

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LabOrchestrator.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Run the bench from a clone of the repository.");
        }

        return folder;
    }
}

/// <summary>One line of a report: the median of its values.</summary>
/// <param name="Name">What.</param>
/// <param name="Unit">Its unit; empty for a ratio.</param>
/// <param name="Values">One per round.</param>
/// <param name="AtLeast">Smallest value that meets the goal.</param>
/// <param name="AtMost">Largest value that meets the goal.</param>
internal sealed record BenchMeasure(string Name, string Unit, IReadOnlyList<double> Values, double? AtLeast = null, double? AtMost = null)
{
    /// <summary>The median.</summary>
    public double Value => Statistics.Median(Values);

    /// <summary>The goal in words.</summary>
    public string? Goal => AtLeast is { } least ? $">= {least.ToString(CultureInfo.InvariantCulture)}"
        : AtMost is { } most ? $"<= {most.ToString(CultureInfo.InvariantCulture)}" : null;

    /// <summary>Whether the goal was met; null without one.</summary>
    public bool? IsMet => AtLeast is { } least ? Value >= least : AtMost is { } most ? Value <= most : null;
}
