using System.Diagnostics;
using LabOrchestrator.Conformance;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Tests.Instances;

/// <summary>Machines whose process is killed on the host, and instances that a database does not know.</summary>
public sealed class DeathTests(EngineFixture engine) : EngineLab(engine)
{
    [Fact]
    public async Task A_killed_container_is_shown_dead_with_its_last_words_and_starts_again_with_its_disk()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Killing another user's process needs root.");
        var box = Container("box");
        var spec = Spec(box with { Definition = box.Definition with { Command = ["sh", "-c", "echo these were my last words; sleep 10000"] } });
        await ApplyAsync(spec);
        await RunAsync(spec, "box", WriteFile("notes", "kept"));

        await KillOnHostAsync(spec, "box");

        var dead = await UntilAsync(spec, "box", m => m.Phase == MachinePhase.Failed);
        dead.Reason.ShouldNotBeNull().ShouldSatisfyAllConditions(r => r.ShouldStartWith("The machine was killed."), r => r.ShouldContain("these were my last words"));
        Of(await ApplyAsync(With(spec, "box", m => m with { BootGeneration = 1 })), "box").Phase.ShouldBe(MachinePhase.Running);
        (await RunAsync(spec, "box", ReadFile("notes"))).ShouldBe("kept");
    }

    [Fact]
    public async Task Whoever_looks_when_the_engine_tells_of_a_death_sees_it()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Killing another user's process needs root.");
        var spec = Spec(Container("box"));
        await ApplyAsync(spec);
        await using var events = Runtime.WatchAsync(Patient).GetAsyncEnumerator(Patient);
        (await events.MoveNextAsync()).ShouldBeTrue();
        events.Current.ShouldBeNull("at the beginning anything may have changed");

        await KillOnHostAsync(spec, "box");
        while (events.Current != spec.InstanceId)
        {
            (await events.MoveNextAsync()).ShouldBeTrue();
        }

        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Failed);
    }

    [Fact]
    public async Task A_killed_VM_is_shown_dead_and_starts_again()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Killing another user's process needs root.");
        var spec = Spec(Vm("guest", ""));
        await ApplyAsync(spec);
        await using (await LogInAsync(spec, "guest"))
        {
            await KillOnHostAsync(spec, "guest");
        }

        (await UntilAsync(spec, "guest", m => m.Phase == MachinePhase.Failed)).Reason.ShouldNotBeNull().ShouldStartWith("The machine was killed.");
        Of(await ApplyAsync(With(spec, "guest", m => m with { BootGeneration = 1 })), "guest").Phase.ShouldBe(MachinePhase.Running);
        await using var again = await LogInAsync(spec, "guest");
    }

    [Fact]
    public async Task A_second_installation_leaves_ours_alone_and_a_restored_database_freezes_what_it_does_not_know()
    {
        var spec = Spec(Container("box"));
        var oursAlone = Spec(Container("box"));
        await ApplyAsync(spec);
        await ApplyAsync(oursAlone);

        // Its own objects it finds: they are frozen and shown, and not deleted.
        var mine = Installation.Create();
        using var runtime = new DockerLabRuntime(mine, OptionsOf("10.218.0.0/16"));
        await runtime.ApplyAsync(spec, new LabOrchestrator.Conformance.Runtimes.StageLog(), Patient);
        try
        {
            (await runtime.ListAsync(Patient)).Select(i => i.InstanceId).ShouldBe([spec.InstanceId]);
            var found = await SurveyAsync(mine, () => Eventually.ShowsAsync(
                async () => Of(await runtime.ObserveAsync(spec.InstanceId, Patient), "box").Phase, phase => phase == MachinePhase.Paused));
            found.ShouldBe([spec.InstanceId]);
            Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running, "the same number of another installation");
            Of(await Runtime.ObserveAsync(oursAlone.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running);
        }
        finally
        {
            await runtime.DeleteAsync(spec.InstanceId, CancellationToken.None);
            await Engine.RemoveAllAsync(mine);
        }
    }

    // What a server with an empty database does with the engine when it starts.
    private async Task<IReadOnlyList<long>> SurveyAsync(Installation installation, Func<Task> frozen)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(installation);
        builder.Services.AddLabOrchestrator().AddInMemoryStores().AddDockerRuntime().Configure(options =>
            (options.RunDirectory, options.AddressPool) = (Engine.Options.RunDirectory, "10.218.0.0/16"));
        using var host = builder.Build();
        await host.StartAsync(Patient);
        var orphans = host.Services.GetRequiredService<Orphans>();
        await Eventually.IsSoAsync(() => orphans.All.Count > 0);

        // The list is there before all are frozen.
        await frozen();
        await host.StopAsync(CancellationToken.None);
        return [.. orphans.All.Select(o => o.InstanceId)];
    }

    private DockerRuntimeOptions OptionsOf(string pool) => new() { RunDirectory = Engine.Options.RunDirectory, AddressPool = pool };

    private async Task KillOnHostAsync(InstanceSpec spec, string machine)
    {
        var containers = await Engine.Engine.Containers.ListAsync(
            [.. EngineLabels.Of(Engine.Installation, spec.InstanceId), $"{EngineLabels.Machine}={machine}"], Patient);
        var details = (await Engine.Engine.Containers.FindAsync(containers.Single().Id, Patient)).ShouldNotBeNull();
        using var process = Process.GetProcessById(details.State.Pid);
        process.Kill();
    }
}
