using System.Collections.Immutable;

namespace LabOrchestrator.Instances;

/// <summary>How many live instances one user may have.</summary>
/// <param name="OfLab">Of the same lab.</param>
/// <param name="OfAllLabs">Of all labs together.</param>
public readonly record struct OwnerLimits(int OfLab, int OfAllLabs = int.MaxValue);

/// <summary>Where instances are kept. What is wanted and what is observed are written apart, so that neither loses the other.</summary>
public interface ILabInstanceStore
{
    /// <summary>
    /// Adds an instance, unless the owner already has one (live or ended) with the same idempotency key, or as many live ones as the
    /// limits allow: then nothing is added and the (newest) one that stands in the way is returned; one of another lab when it is the
    /// limit of all labs that is reached. Atomic.
    /// </summary>
    Task<(LabInstance Instance, bool Added)> AddAsync(LabInstance instance, OwnerLimits limits, CancellationToken cancellationToken);

    /// <summary>An instance, or null.</summary>
    Task<LabInstance?> FindAsync(long id, CancellationToken cancellationToken);

    /// <summary>Instances that match, newest first, with members but without credentials.</summary>
    Task<IReadOnlyList<LabInstance>> ListAsync(LabInstanceQuery query, CancellationToken cancellationToken);

    /// <summary>All live instances in order of identity, with members but without credentials: what admission and recovery need.</summary>
    Task<IReadOnlyList<LabInstance>> ListLiveAsync(string runtime, CancellationToken cancellationToken);

    /// <summary>
    /// Writes <see cref="LabInstance.Desired"/>, <see cref="LabInstance.Machines"/> and <see cref="LabInstance.Members"/> with the
    /// next revision; null when the stored revision is another, or there is no such instance.
    /// </summary>
    Task<LabInstance?> UpdateWishAsync(LabInstance instance, CancellationToken cancellationToken);

    /// <summary>Writes the status (without percentages); adds a line of history when the phase differs from the stored one.</summary>
    Task SaveStatusAsync(long id, LabInstanceStatus status, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Writes the resolved image digests.</summary>
    Task SaveImageDigestsAsync(long id, ImmutableSortedDictionary<string, string> digests, CancellationToken cancellationToken);

    /// <summary>References of all images that live instances have, of every runtime.</summary>
    Task<IReadOnlySet<string>> ListImageReferencesAsync(CancellationToken cancellationToken);

    /// <summary>The phases an instance went through, oldest first.</summary>
    Task<IReadOnlyList<PhaseChange>> ListHistoryAsync(long id, CancellationToken cancellationToken);
}

/// <summary>Which instances to list.</summary>
public sealed record LabInstanceQuery
{
    /// <summary>Only those this user is a member of; null for all.</summary>
    public long? MemberId { get; init; }

    /// <summary>Only of this lab.</summary>
    public long? LabId { get; init; }

    /// <summary>Live ones only, the default; false adds the ended ones.</summary>
    public bool LiveOnly { get; init; } = true;

    /// <summary>Only identities below this one, for paging; null for the newest.</summary>
    public long? Before { get; init; }

    /// <summary>Most rows.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Statuses that the caller has already, by instance; each is taken unless the stored one is newer. Saves reading those.</summary>
    public IReadOnlyDictionary<long, LabInstanceStatus> Known { get; init; } = ImmutableDictionary<long, LabInstanceStatus>.Empty;
}

/// <summary>A line of an instance's history.</summary>
/// <param name="Phase">The phase it came to.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record PhaseChange(InstancePhase Phase, string? Reason, DateTimeOffset At);
