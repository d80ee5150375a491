using System.Text.Json.Serialization;

namespace LabOrchestrator.KubernetesSimulator.Administration;

/// <summary>Requests that match are answered badly.</summary>
/// <param name="Verb">get, list, watch, create, update, patch, delete, deletecollection; null: every one.</param>
/// <param name="Resource">Such as <c>pods</c>, <c>pods/exec</c>, <c>virtualmachines.kubevirt.io</c>; null: every one.</param>
/// <param name="Namespace">Null: every one.</param>
/// <param name="Status">The code answered, such as 429 or 500; null: the request is served, only late.</param>
/// <param name="Text">Plain text of the answer instead of a Status object.</param>
/// <param name="RetryAfterSeconds">Sent with it.</param>
/// <param name="DelayMilliseconds">How long it takes before.</param>
/// <param name="Cut">The connection is cut instead of an answer.</param>
/// <param name="CutAfter">The request is served, and the connection is cut before its answer arrives.</param>
/// <param name="Times">For so many requests; null: until it is removed.</param>
public sealed record Fault(
    string? Verb = null, string? Resource = null, string? Namespace = null, int? Status = null, string? Text = null,
    int? RetryAfterSeconds = null, int DelayMilliseconds = 0, bool Cut = false, bool CutAfter = false, int? Times = null)
{
    private int _struck;

    /// <summary>How many requests it met.</summary>
    [JsonIgnore]
    public int Struck => _struck;

    internal bool TryStrike() => Interlocked.Increment(ref _struck) <= (Times ?? int.MaxValue);
}
