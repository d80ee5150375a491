using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>Helpers that end by themselves.</summary>
public sealed class HelperEndTests(EngineFixture engine, BrokenHelper broken) : EngineLab(engine), IClassFixture<BrokenHelper>, IDisposable
{
    private DockerLabRuntime? _broken;

    protected override ILabRuntime Runtime => _broken ?? base.Runtime;

    [Fact]
    public async Task A_helper_that_ends_at_once_is_told_with_its_last_words_and_started_again_only_after_a_pause()
    {
        _broken = new DockerLabRuntime(Engine.Installation, new DockerRuntimeOptions
        {
            RunDirectory = Engine.Options.RunDirectory,
            AddressPool = "10.219.0.0/16",
            LauncherImage = Engine.Options.LauncherImage,
            HelperImage = broken.Reference,
        });
        var spec = Spec(Container("box"));
        await ApplyAsync(spec);
        var first = await EndedAsync(spec);

        var waiting = await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(spec));

        waiting.Message.ShouldContain($"exit code {BrokenHelper.ExitCode}");
        waiting.Message.ShouldContain(BrokenHelper.LastWords);
        var still = await EndedAsync(spec);
        still.State.StartedAt.ShouldBe(first.State.StartedAt, "it was not started");
        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running, "its machines are not disturbed");

        await AppliedAsync(spec);
        var again = await EndedAsync(spec);
        again.State.StartedAt.ShouldBeGreaterThan(first.State.StartedAt);
        again.Id.ShouldBe(first.Id, "a new one would not know when the engine ended");
        await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(spec));
    }

    [Fact]
    public async Task Of_two_name_servers_none_goes_on_without_the_other()
    {
        var spec = Spec(Container("out", new NetworkAttachment("open")), Container("in", new NetworkAttachment("closed"))) with
        {
            Networks = [new NetworkDefinition("closed"), new NetworkDefinition("open") { Internet = true }],
        };
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "in", "getent hosts in");

        // Only nobody may end what is nobody's: root is as little here.
        var (code, output) = await Engine.Engine.Execs.RunAsync(
            Engine.Names.Helper(spec.InstanceId),
            new ExecCreation { User = "65534", Cmd = ["sh", "-c", "until p=$(pgrep -f '^dnsmasq.*closed'); do sleep 0.1; done; kill $p"] }, default, 64 << 10, Patient);
        code.ShouldBeOneOf([0, 137], $"the shell may go down with the helper: {output}");

        await EndedAsync(spec);
        await AppliedAsync(spec);
        await EventuallyAsync(spec, "in", "getent hosts in");
    }

    [Fact]
    public async Task A_helper_that_the_engine_ends_says_nothing_of_failure()
    {
        var spec = Spec(Container("box"));
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "box", "getent hosts box");

        await Engine.Engine.Containers.StopAsync(Engine.Names.Helper(spec.InstanceId), TimeSpan.FromSeconds(10), Patient);

        (await EndedAsync(spec)).State.ExitCode.ShouldBe(137);
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "box", "getent hosts box");
    }

    public void Dispose() => _broken?.Dispose();

    // Once the pause is over.
    private async Task AppliedAsync(InstanceSpec spec)
    {
        var patient = Patient;
        while (true)
        {
            try
            {
                await ApplyAsync(spec);
                return;
            }
            catch (RuntimeUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patient);
            }
        }
    }

    private async Task<ContainerDetails> EndedAsync(InstanceSpec spec)
    {
        var patient = Patient;
        while (true)
        {
            var helper = (await Engine.Engine.Containers.FindAsync(Engine.Names.Helper(spec.InstanceId), patient)).ShouldNotBeNull();
            if (helper.State.Status == ContainerStates.Exited)
            {
                return helper;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patient);
        }
    }
}
