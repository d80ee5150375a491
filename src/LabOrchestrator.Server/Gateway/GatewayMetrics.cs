using System.Diagnostics;
using System.Diagnostics.Metrics;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Gateway;

/// <summary>What the gateway counts, under the meter <c>LabOrchestrator.Gateway</c>.</summary>
internal sealed class GatewayMetrics
{
    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _lasted;

    public GatewayMetrics(IMeterFactory factory)
    {
        var meter = factory.Create("LabOrchestrator.Gateway");
        _active = meter.CreateUpDownCounter<long>("laborchestrator.consoles.active", "{console}", "Consoles open now.");
        _ended = meter.CreateCounter<long>("laborchestrator.consoles.ended", "{console}", "Consoles that ended, by reason.");
        _refused = meter.CreateCounter<long>("laborchestrator.consoles.refused", "{console}", "Consoles that could not be opened, by status.");
        _bytes = meter.CreateCounter<long>("laborchestrator.consoles.bytes", "By", "Bytes of ended consoles, by direction.");
        _lasted = meter.CreateHistogram<double>("laborchestrator.consoles.duration", "s", "How long consoles were open.");
    }

    public void Opened(ConsoleKind kind, ConsoleMode mode) => _active.Add(1, Tags(kind, mode));

    public void Refused(ConsoleMode mode, int status) =>
        _refused.Add(1, new KeyValuePair<string, object?>("mode", mode), new("status", status));

    public void Closed(ConsoleKind kind, ConsoleMode mode, ConsoleEnd end, long bytesUp, long bytesDown, TimeSpan lasted)
    {
        var tags = Tags(kind, mode);
        _active.Add(-1, tags);
        _lasted.Record(lasted.TotalSeconds, tags);
        _ended.Add(1, new KeyValuePair<string, object?>("reason", end.Reason));
        _bytes.Add(bytesUp, new KeyValuePair<string, object?>("direction", "to-machine"));
        _bytes.Add(bytesDown, new KeyValuePair<string, object?>("direction", "to-browser"));
    }

    private static TagList Tags(ConsoleKind kind, ConsoleMode mode) => new() { { "kind", kind }, { "mode", mode } };
}
