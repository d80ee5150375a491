using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace LabOrchestrator.Runtimes.InMemory;

/// <summary>One machine: a disk that restarts keep, a terminal, a screen.</summary>
internal sealed class InMemoryMachine
{
    /// <summary>The folder of its files; a volume there is all that it can have.</summary>
    public const string Home = "/home/lab";

    private ConcurrentDictionary<string, string> _disk = new();
    private string? _reason;
    private bool _isLost;

    /// <param name="spec">What is wanted.</param>
    /// <param name="isLost">There was one before.</param>
    public InMemoryMachine(MachineSpec spec, bool isLost)
    {
        _isLost = isLost;
        Spec = spec;
        Terminal = new InMemoryTerminal(spec.Name, _disk);
        Screen = new InMemoryScreen(spec.Name);
        Phase = spec.PoweredOn ? MachinePhase.Running : MachinePhase.PoweredOff;
    }

    public MachineSpec Spec { get; private set; }

    public MachinePhase Phase { get; private set; }

    public InMemoryTerminal Terminal { get; private set; }

    public InMemoryScreen Screen { get; private set; }

    public bool IsUpToDate(MachineSpec wanted) =>
        wanted.ResetGeneration == Spec.ResetGeneration
        && wanted.BootGeneration == Spec.BootGeneration
        && (wanted.PoweredOn ? Phase != MachinePhase.PoweredOff : Phase == MachinePhase.PoweredOff);

    public bool Bring(MachineSpec wanted)
    {
        if (IsUpToDate(wanted))
        {
            Spec = wanted;
            return false;
        }

        if (wanted.ResetGeneration != Spec.ResetGeneration)
        {
            _disk = wanted.Definition.Volumes.Any(v => v.Path == Home) ? _disk : new ConcurrentDictionary<string, string>();
            _isLost = false;
        }

        Spec = wanted;
        PowerDown();
        _reason = null;
        Phase = MachinePhase.PoweredOff;
        if (wanted.PoweredOn)
        {
            Terminal = new InMemoryTerminal(wanted.Name, _disk);
            Screen = new InMemoryScreen(wanted.Name);
            Phase = MachinePhase.Running;
        }

        return true;
    }

    public bool Freeze(bool frozen)
    {
        if (Phase != (frozen ? MachinePhase.Running : MachinePhase.Paused))
        {
            return false;
        }

        Phase = frozen ? MachinePhase.Paused : MachinePhase.Running;
        Terminal.Freeze(frozen);
        return true;
    }

    public bool Kill(string reason)
    {
        if (Phase is not (MachinePhase.Running or MachinePhase.Paused))
        {
            return false;
        }

        PowerDown();
        Phase = MachinePhase.Failed;
        _reason = reason;
        return true;
    }

    public void PowerDown()
    {
        Terminal.Dispose();
        Screen.Dispose();
    }

    public ObservedMachine Observe(string address) => new(Spec.Name, Phase)
    {
        Reason = _reason,
        Addresses = Phase is MachinePhase.Running or MachinePhase.Paused ? ImmutableArray.Create(address) : [],
        ImageDigest = Spec.ImageDigest ?? $"memory:{Spec.Image.Reference}",
        Remark = $"{(_isLost ? "The engine lost this machine and made it again; its disk is as in its image. " : "")}This machine exists in memory only.",
    };
}
