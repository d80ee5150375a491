using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Machines;

public sealed class GuestReadingTests
{
    [Theory]
    [InlineData("ImportInProgress")]
    [InlineData("CloneInProgress")]
    public void A_disk_that_is_imported_or_copied_says_how_far_it_is_so_that_its_machine_is_waited_for(string phase)
    {
        var disk = new DataVolume { Status = new DataVolumeStatus { Phase = phase, Progress = "41.70%" } };

        var sight = GuestReading.Sight(new VirtualMachine { Spec = new VirtualMachineSpec { RunStrategy = "Once" } }, null, disk, null);

        sight.ShouldBe(new MachineSight(MachinePhase.Starting, MachineStage.Disk) { Percent = 41 });
    }
}
