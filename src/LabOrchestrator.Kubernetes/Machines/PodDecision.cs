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

    /// <summary>It was made and is kept from its node: let it go there.</summary>
    PowerOn,
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

        var isOff = PodReading.IsOff(found);
        return PodReading.ResetOf(found) < wanted.ResetGeneration ? PodDecision.Recreate
            : !wanted.PoweredOn ? (isOff ? PodDecision.Keep : PodDecision.Recreate)
            : isOff ? PodDecision.PowerOn
            : PodReading.BootOf(found) < wanted.BootGeneration ? PodDecision.Recreate
            : PodDecision.Keep;
    }
}
