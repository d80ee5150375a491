using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Options;

namespace LabOrchestrator.Instances;

/// <summary>
/// What users do with instances. Each call checks, stores the wish and returns; the reconciler makes it real. Nobody's rights are
/// checked here: that is the host's part.
/// </summary>
public sealed class LabInstances
{
    private readonly ILabStore _labs;
    private readonly IImageStore _images;
    private readonly ILabInstanceStore _store;
    private readonly InstanceEngine _engine;
    private readonly AdmissionLimits _limits;
    private readonly TimeProvider _time;

    internal LabInstances(
        ILabStore labs, IImageStore images, ILabInstanceStore store, InstanceEngine engine, IOptions<AdmissionLimits> limits, TimeProvider time)
    {
        _labs = labs;
        _images = images;
        _store = store;
        _engine = engine;
        _limits = limits.Value;
        _time = time;
    }

    /// <summary>Watches instances change.</summary>
    public LabInstanceFeed Feed => _engine.Feed;

    /// <summary>
    /// Starts the newest version of a lab. A user who has as many instances of it as the lab allows gets the newest one of them, or is
    /// refused while that one is being removed.
    /// </summary>
    public async Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken)
    {
        if (await _labs.FindAsync(request.LabId, cancellationToken).ConfigureAwait(false) is not { } lab
            || await _labs.FindDefinitionAsync(lab.Id, lab.Version, cancellationToken).ConfigureAwait(false) is not { } definition)
        {
            return new StartResult.UnknownLab();
        }

        var runtime = request.Runtime is null ? _engine.Runtimes.Default : _engine.Runtimes.Find(request.Runtime);
        if (runtime is null)
        {
            return new StartResult.Refused(
                $"There is no runtime \"{request.Runtime}\". Choose one of: {string.Join(", ", _engine.Runtimes.All.Select(r => r.Name))}.",
                RefusalCode.UnknownRuntime);
        }

        var mine = await ListAsync(new LabInstanceQuery { MemberId = request.OwnerId, Limit = 1000 }, cancellationToken).ConfigureAwait(false);
        var owned = mine.Where(i => i.OwnerId == request.OwnerId).ToList();
        if (Repeated(request, definition, owned) is { } same && await FindAsync(same.Id, cancellationToken).ConfigureAwait(false) is { } first)
        {
            // Whatever keeps the lab from starting now is no concern of who has it already.
            return AnswerWith(first, request);
        }

        if (owned.Count >= _limits.InstancesPerUser)
        {
            return TooMany(owned.Count);
        }

        var images = await _images.ListAsync(cancellationToken).ConfigureAwait(false);
        if (await ReasonToRefuseAsync(definition, runtime, images, cancellationToken).ConfigureAwait(false) is { } refused)
        {
            return refused;
        }

        return await AddAsync(request, lab, definition, runtime, images, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The instance with its newest status, or null.</summary>
    public async Task<LabInstance?> FindAsync(long id, CancellationToken cancellationToken)
    {
        var stored = await _store.FindAsync(id, cancellationToken).ConfigureAwait(false);
        return stored is null ? null : WithNewestStatus(stored);
    }

    /// <summary>Instances that match, newest first, with their newest status, without credentials.</summary>
    public Task<IReadOnlyList<LabInstance>> ListAsync(LabInstanceQuery query, CancellationToken cancellationToken) =>
        _store.ListAsync(query with { Known = _engine.Live.StatusesFor(query.MemberId) }, cancellationToken);

    /// <summary>The phases an instance went through.</summary>
    public Task<IReadOnlyList<PhaseChange>> ListHistoryAsync(long id, CancellationToken cancellationToken) =>
        _store.ListHistoryAsync(id, cancellationToken);

    /// <summary>Ends an instance; its disks are deleted.</summary>
    public Task<ChangeResult> StopAsync(long id, CancellationToken cancellationToken) =>
        ChangeAsync(id, i => i with { Desired = DesiredState.Stopped }, cancellationToken);

    /// <summary>Freezes an instance with its memory.</summary>
    public async Task<ChangeResult> PauseAsync(long id, CancellationToken cancellationToken)
    {
        var found = await _store.FindAsync(id, cancellationToken).ConfigureAwait(false);
        var lab = found is null ? null : await _labs.FindDefinitionAsync(found.LabId, found.LabVersion, cancellationToken).ConfigureAwait(false);
        var capability = lab?.Machines.All(m => m.Kind == ImageKind.Vm) == true ? RuntimeCapabilities.PauseVirtualMachines : RuntimeCapabilities.Pause;
        return await ChangeAsync(
            id,
            i => i with { Desired = DesiredState.Paused },
            cancellationToken,
            i => i.Status.Phase is not (InstancePhase.Running or InstancePhase.Paused)
                ? "Only a running lab can be paused; wait until it runs."
                : CanPause(i, capability) ? null : $"The runtime \"{i.Runtime}\" cannot pause this lab. Stop it, or let it run.").ConfigureAwait(false);
    }

    /// <summary>Lets a paused instance go on.</summary>
    public Task<ChangeResult> ResumeAsync(long id, CancellationToken cancellationToken) =>
        ChangeAsync(id, i => i with { Desired = DesiredState.Running }, cancellationToken);

    /// <summary>Powers a machine off; its disk is kept.</summary>
    public Task<ChangeResult> PowerOffAsync(long id, string machine, CancellationToken cancellationToken) =>
        ChangeMachineAsync(id, machine, w => w with { PoweredOn = false }, cancellationToken);

    /// <summary>Powers a machine on; one that has ended by itself is booted again.</summary>
    public Task<ChangeResult> PowerOnAsync(long id, string machine, CancellationToken cancellationToken) =>
        ChangeMachineAsync(id, machine, w => w with { PoweredOn = true, BootGeneration = w.BootGeneration + 1 }, cancellationToken);

    /// <summary>Restarts a machine with its disk.</summary>
    public Task<ChangeResult> RestartAsync(long id, string machine, CancellationToken cancellationToken) =>
        PowerOnAsync(id, machine, cancellationToken);

    /// <summary>Returns a machine to its image; what is on its disk is lost.</summary>
    public Task<ChangeResult> ResetAsync(long id, string machine, CancellationToken cancellationToken) =>
        ChangeMachineAsync(id, machine, w => w with { PoweredOn = true, ResetGeneration = w.ResetGeneration + 1 }, cancellationToken);

    /// <summary>Gives a user a role in an instance, or takes it away with null. The owner stays.</summary>
    public Task<ChangeResult> SetMemberAsync(long id, long userId, InstanceRole? role, CancellationToken cancellationToken) => ChangeAsync(
        id,
        i => i with
        {
            Members = [.. i.Members.Where(m => m.UserId != userId), .. role is { } r ? new[] { new InstanceMember(userId, r) } : []],
        },
        cancellationToken,
        i => i.OwnerId == userId ? "The owner of a lab cannot be removed or changed." : null);

    private bool CanPause(LabInstance instance, string capability) =>
        _engine.Runtimes.Find(instance.Runtime)?.Capabilities.Names is not { } names || names.Contains(RuntimeCapabilities.Pause) || names.Contains(capability);

    // Of live instances, newest first. Starts at the same time pass here together; the store decides when it adds.
    private static LabInstance? Repeated(StartRequest request, LabDefinition lab, IReadOnlyCollection<LabInstance> owned)
    {
        var ofLab = owned.Where(i => i.LabId == request.LabId).ToList();
        return owned.FirstOrDefault(i => IsOfKey(i, request)) ?? (ofLab.Count >= lab.InstancesPerUser ? ofLab[0] : null);
    }

    private static bool IsOfKey(LabInstance instance, StartRequest request) =>
        request.IdempotencyKey is { } key && instance.IdempotencyKey == key;

    // One that is being removed is in the way, and nothing that could be given to who starts anew.
    private static StartResult AnswerWith(LabInstance inTheWay, StartRequest request) =>
        inTheWay.Desired == DesiredState.Stopped && !IsOfKey(inTheWay, request)
            ? new StartResult.Refused("Your last one of this lab is still being removed; start it again in a moment.", RefusalCode.BeingRemoved)
            : new StartResult.Existing(inTheWay);

    private static StartResult.Refused TooMany(int labs) => new(
        $"You have {labs} labs, the most one user may have at once. Stop one of them first.", RefusalCode.TooManyLabs);

    private LabInstance WithNewestStatus(LabInstance stored) =>
        _engine.Live.Find(stored.Id) is { } live && live.Status.Version >= stored.Status.Version
            ? stored with { Status = live.Status }
            : stored;

    private async Task<StartResult.Refused?> ReasonToRefuseAsync(
        LabDefinition lab, ILabRuntime runtime, IReadOnlyList<Image> images, CancellationToken cancellationToken)
    {
        // First, since a runtime looks then what its engine can do now.
        var readiness = await _engine.Health.CheckAsync(runtime.Name, cancellationToken).ConfigureAwait(false);
        if (CapabilityRefusal.Of(lab, runtime, readiness) is { } refused)
        {
            return refused;
        }

        if (lab.Machines.Where(m => InstanceSpecs.ImageOf(m, images) is null).Select(m => m.Image).Distinct().ToList() is { Count: > 0 } unknown)
        {
            return new StartResult.Refused(
                $"The lab uses images that are no longer in the catalogue: {string.Join(", ", unknown)}. Add them again.", RefusalCode.ImagesMissing);
        }

        return Admission.ReasonToRefuse(lab.Machines.Sum(m => m.MemoryBytes), _limits, readiness) is { } reason
            ? new StartResult.Refused(reason, RefusalCode.TooLarge)
            : null;
    }

    private async Task<StartResult> AddAsync(
        StartRequest request, Lab lab, LabDefinition definition, ILabRuntime runtime, IReadOnlyList<Image> images, CancellationToken cancellationToken)
    {
        var (instance, added) = await _store.AddAsync(
            new LabInstance
            {
                LabId = lab.Id,
                LabName = lab.Name,
                LabVersion = lab.Version,
                NamespacePrefix = lab.NamespacePrefix,
                Runtime = runtime.Name,
                OwnerId = request.OwnerId,
                Context = request.Context,
                IdempotencyKey = request.IdempotencyKey,
                Members = [new InstanceMember(request.OwnerId, InstanceRole.Owner)],
                Credentials = CredentialGenerator.ForMachines(definition, images),
                Images = InstanceSpecs.ImagesOf(definition, images),
                MemoryBytes = definition.Machines.Sum(m => m.MemoryBytes),
                CreatedAt = _time.GetUtcNow(),
                Status = new LabInstanceStatus
                {
                    Machines = [.. definition.Machines.Select(m => new MachineStatus(m.Name, MachinePhase.Pending) { Stage = MachineStage.Queue })],
                },
            },
            new OwnerLimits(definition.InstancesPerUser, _limits.InstancesPerUser),
            cancellationToken).ConfigureAwait(false);
        if (added)
        {
            return new StartResult.Accepted(_engine.Take(instance));
        }

        // Another start of the same moment was first.
        return instance.LabId == lab.Id || IsOfKey(instance, request)
            ? AnswerWith(WithNewestStatus(instance), request)
            : TooMany(_limits.InstancesPerUser);
    }

    private Task<ChangeResult> ChangeMachineAsync(
        long id, string machine, Func<MachineWish, MachineWish> change, CancellationToken cancellationToken) => ChangeAsync(
        id,
        i => i.Status.Machines.Any(m => m.Name == machine)
            ? i with { Machines = i.Machines.SetItem(machine, change(i.Machines.GetValueOrDefault(machine) ?? new MachineWish())) }
            : null,
        cancellationToken,
        i => i.Desired == DesiredState.Paused || i.Status.Phase == InstancePhase.Paused
            ? "The lab is paused; let it go on first."
            : null);

    private async Task<ChangeResult> ChangeAsync(
        long id, Func<LabInstance, LabInstance?> change, CancellationToken cancellationToken, Func<LabInstance, string?>? conflict = null)
    {
        while (true)
        {
            if (await FindAsync(id, cancellationToken).ConfigureAwait(false) is not { } instance)
            {
                return new ChangeResult.NotFound();
            }

            if (change(instance) is not { } changed)
            {
                return new ChangeResult.NotFound();
            }

            if (!instance.IsLive || instance.Desired == DesiredState.Stopped)
            {
                return changed == instance with { Desired = DesiredState.Stopped }
                    ? new ChangeResult.Accepted(instance)
                    : new ChangeResult.Conflict("The lab has ended; start it again.");
            }

            if (conflict?.Invoke(instance) is { } reason)
            {
                return new ChangeResult.Conflict(reason);
            }

            // Null means somebody else changed it meanwhile: look again.
            if (await _store.UpdateWishAsync(changed, cancellationToken).ConfigureAwait(false) is { } stored)
            {
                return new ChangeResult.Accepted(_engine.Take(stored));
            }
        }
    }
}
