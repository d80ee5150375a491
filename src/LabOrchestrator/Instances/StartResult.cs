using System.Collections.Immutable;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>What became of a wish to start a lab.</summary>
public abstract record StartResult
{
    private StartResult()
    {
    }

    /// <summary>A new instance; it starts by itself.</summary>
    /// <param name="Instance">The instance.</param>
    public sealed record Accepted(LabInstance Instance) : StartResult;

    /// <summary>The user's instance of that lab (or of that idempotency key) that was there already.</summary>
    /// <param name="Instance">The instance.</param>
    public sealed record Existing(LabInstance Instance) : StartResult;

    /// <summary>It cannot be started; nothing happened.</summary>
    /// <param name="Reason">Why, with a remedy.</param>
    /// <param name="Code">What kind of reason it is.</param>
    public sealed record Refused(string Reason, RefusalCode Code) : StartResult
    {
        /// <summary>What the lab requires and the runtime does not have; for <see cref="RefusalCode.CapabilitiesMissing"/>.</summary>
        public ImmutableArray<MissingCapability> Missing { get; init; } = [];
    }

    /// <summary>There is no such lab.</summary>
    public sealed record UnknownLab : StartResult;
}

/// <summary>Why a lab cannot be started.</summary>
public enum RefusalCode
{
    /// <summary>The wish names a runtime that is not configured.</summary>
    UnknownRuntime,

    /// <summary>The user has as many labs as one user may have.</summary>
    TooManyLabs,

    /// <summary>The lab requires what the runtime does not have.</summary>
    CapabilitiesMissing,

    /// <summary>The runtime was never reached, so it is not known whether it has what the lab requires.</summary>
    CapabilitiesUnknown,

    /// <summary>Images of the lab are no longer in the catalogue.</summary>
    ImagesMissing,

    /// <summary>The lab takes more memory than all labs may take together.</summary>
    TooLarge,

    /// <summary>The user's instance of the lab, of which there may be no more, is still being removed.</summary>
    BeingRemoved,
}

/// <summary>What became of a wish to change an instance.</summary>
public abstract record ChangeResult
{
    private ChangeResult()
    {
    }

    /// <summary>It was stored; the reconciler makes it real.</summary>
    /// <param name="Instance">The instance with the new wish.</param>
    public sealed record Accepted(LabInstance Instance) : ChangeResult;

    /// <summary>It does not go with the instance's state.</summary>
    /// <param name="Reason">Why, with a remedy.</param>
    public sealed record Conflict(string Reason) : ChangeResult;

    /// <summary>There is no such instance, or no such machine in it.</summary>
    public sealed record NotFound : ChangeResult;
}
