using System.Globalization;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>Opening many consoles.</summary>
internal static class Consoles
{
    /// <summary>As many as the limit on open files allows: the gateway needs two per console.</summary>
    public static int Possible(int wanted) => Math.Min(wanted, (ProcessFigures.FileLimit() - 300) / 2);

    /// <summary>Says it in the report when the limit was too low; it is never raised.</summary>
    public static void Remark(BenchReport report, int possible, int wanted)
    {
        if (possible < wanted)
        {
            report.Remarks.Add(
                $"Only {possible:N0} of {wanted:N0} consoles: the gateway needs two open files for each, and the hard limit is "
                + $"{ProcessFigures.FileLimit():N0} (ulimit -Hn).");
        }
    }

    /// <summary>Opens consoles and waits until the gateway holds so many.</summary>
    public static async Task OpenAsync(Child browsers, int count, HttpClient http, CancellationToken cancellationToken)
    {
        await browsers.SayAsync($"open {count}");
        await browsers.ReadAsync(cancellationToken);
        await UntilAsync(http, count, cancellationToken);
    }

    /// <summary>Waits until the gateway holds so many consoles.</summary>
    public static async Task UntilAsync(HttpClient http, int count, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < 100; tries++)
        {
            if (await CountAsync(http, cancellationToken) == count)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }

        throw new InvalidOperationException($"The gateway does not come to {count} consoles.");
    }

    /// <summary>How many consoles the gateway holds.</summary>
    public static async Task<int> CountAsync(HttpClient http, CancellationToken cancellationToken) => int.Parse(
        await http.GetStringAsync(new Uri("bench/consoles", UriKind.Relative), cancellationToken), CultureInfo.InvariantCulture);
}
