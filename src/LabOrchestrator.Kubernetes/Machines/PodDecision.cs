using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>What has to be done for a container machine.</summary>
internal enum PodDecision
{
    /// <summary>Nothing.</summary>
    Keep,

    /// <summary>It is not there: make it.</summary>
    Create,

    /// <summary>It is there and must be made anew.</summary>
    Recreate,

    /// <summary>Its first process is to end it.</summary>
    EndInPlace,

    /// <summary>Its first process is to boot it.</summary>
    BootInPlace,
}

/// <summary>Decides from what is wanted and what the cluster says.</summary>
internal static class PodDecisions
{
    public static PodDecision Decide(MachineSpec wanted, Pod? found)
    {
        if (found is null or { IsDeleting: true } || (wanted.PoweredOn && PodReading.EndedWithItsNode(found)))
        {
            return PodDecision.Create;
        }

        if (PodReading.ResetOf(found) < wanted.ResetGeneration)
        {
            return PodDecision.Recreate;
        }

        var isHeld = PodReading.IsHeld(found);
        var isOff = PodReading.IsOff(found);
        if (!wanted.PoweredOn)
        {
            return isOff ? PodDecision.Keep : isHeld ? PodDecision.EndInPlace : PodDecision.Recreate;
        }

        if (!isOff && PodReading.BootOf(found) >= wanted.BootGeneration)
        {
            return PodDecision.Keep;
        }

        return isHeld ? PodDecision.BootInPlace : PodDecision.Recreate;
    }
}
