using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Instances;

public sealed class ResetTests(EngineFixture engine) : EngineLab(engine)
{
    [Theory]
    [InlineData("lab-orchestrator-upload/not-there:1")]
    [InlineData("localhost:1/not-there:1")]
    public async Task A_machine_whose_image_cannot_be_had_any_more_stays_as_it_was(string reference)
    {
        var spec = Spec(Container("box"));
        await ApplyAsync(spec);
        await RunAsync(spec, "box", WriteFile("notes", "kept"));

        var reset = With(spec, "box", m => m with
        {
            Image = m.Image with { Reference = reference },
            ImageDigest = "sha256:" + new string('0', 64),
            ResetGeneration = 1,
        });
        var failure = await Should.ThrowAsync<InstanceFailedException>(() => ApplyAsync(reset));

        failure.Machine.ShouldBe("box");
        failure.Message.ShouldContain(reference.Split(':')[0]);
        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running);
        (await RunAsync(spec, "box", ReadFile("notes"))).ShouldBe("kept");
    }
}
