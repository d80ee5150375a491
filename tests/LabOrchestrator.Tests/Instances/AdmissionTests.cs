using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

public sealed class AdmissionTests
{
    private static readonly RuntimeReadiness Ready = new(true, null, 10L << 30, 100L << 30);

    [Fact]
    public void An_instance_starts_when_there_is_room() =>
        Admission.ReasonToWait(Instance(1L << 30), [], new AdmissionLimits(), Ready).ShouldBeNull();

    [Fact]
    public void An_instance_waits_while_its_runtime_is_not_ready() =>
        Admission.ReasonToWait(Instance(1), [], new AdmissionLimits(), new RuntimeReadiness(false, "Start the engine."))
            .ShouldBe("Start the engine.");

    [Fact]
    public void An_instance_waits_when_all_places_are_taken() =>
        Admission.ReasonToWait(Instance(1), [Instance(1)], new AdmissionLimits { Instances = 1 }, Ready)!.ShouldContain("All 1 places");

    [Fact]
    public void An_instance_waits_when_its_memory_is_not_free_and_the_reason_says_how_much_is() =>
        Admission.ReasonToWait(Instance(4L << 30), [Instance(6L << 30)], new AdmissionLimits(), Ready)!
            .ShouldBe("The lab needs 4 GiB of memory, and 3 GiB are free. It starts when another lab ends.");

    [Fact]
    public void A_configured_memory_limit_goes_before_what_the_runtime_reports() =>
        Admission.ReasonToWait(Instance(2L << 30), [], new AdmissionLimits { MemoryBytes = 1L << 30 }, Ready).ShouldNotBeNull();

    [Fact]
    public void An_instance_waits_when_the_disk_is_nearly_full() =>
        Admission.ReasonToWait(Instance(1), [], new AdmissionLimits(), Ready with { FreeDiskBytes = 1L << 30 })!.ShouldContain("1 GiB of disk");

    [Fact]
    public void A_lab_that_can_never_fit_is_refused_with_a_remedy() =>
        Admission.ReasonToRefuse(20L << 30, new AdmissionLimits(), Ready)!.ShouldContain("Limits__MemoryBytes");

    [Fact]
    public void A_lab_that_fits_is_not_refused() =>
        Admission.ReasonToRefuse(9L << 30, new AdmissionLimits(), Ready).ShouldBeNull();

    private static LabInstance Instance(long memory) => new()
    {
        LabId = 1,
        LabName = "lab",
        LabVersion = "v",
        NamespacePrefix = "lab",
        Runtime = "memory",
        OwnerId = 1,
        Members = [],
        CreatedAt = DateTimeOffset.UnixEpoch,
        MemoryBytes = memory,
    };
}
