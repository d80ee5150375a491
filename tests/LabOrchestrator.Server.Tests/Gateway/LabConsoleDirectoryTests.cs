using LabOrchestrator.Conformance;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;
using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>Which consoles a ticket still leads to, in labs that run in memory.</summary>
public sealed class LabConsoleDirectoryTests : IAsyncLifetime
{
    private const long Owner = 1;
    private const long Guest = 2;
    private readonly ServiceProvider _services;
    private LabInstance _instance = null!;

    public LabConsoleDirectoryTests()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<ILabRuntime>(new InMemoryLabRuntime(TimeProvider.System));
        services.AddLabOrchestrator();
        services.AddInMemoryStores();
        services.AddSingleton<IConsoleRights, MembersOpenConsoles>();
        services.AddSingleton<LabConsoleDirectory>();
        _services = services.BuildServiceProvider();
    }

    private LabInstances Instances => _services.GetRequiredService<LabInstances>();

    public async ValueTask InitializeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(default);
        }

        await _services.GetRequiredService<IImageStore>()
            .AddAsync(new Image(0, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, ""), default);
        var definition = new LabDefinition
        {
            Name = "one-vm",
            Title = "One VM",
            Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
            Machines =
            [
                new MachineDefinition
                {
                    Name = "server",
                    Title = "Server",
                    Image = "tiny-vm",
                    Kind = ImageKind.Vm,
                    Consoles =
                    [
                        new ConsoleDefinition("graphical", ConsoleKind.Graphical),
                        new ConsoleDefinition("terminal", ConsoleKind.Terminal),
                        new ConsoleDefinition("site", ConsoleKind.Web, 80),
                    ],
                },
            ],
        };
        var lab = await _services.GetRequiredService<ILabStore>()
            .PutAsync(definition, LabFiles.FromDefinition("one-vm"), null, TimeProvider.System.GetUtcNow(), default);
        _instance = (await Instances.StartAsync(new StartRequest(lab.Id, Owner), default)).ShouldBeOfType<StartResult.Accepted>().Instance;
        await UntilAsync(MachinePhase.Running);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StopAsync(default);
        }

        await _services.DisposeAsync();
    }

    [Theory]
    [InlineData("graphical", ConsoleKind.Graphical)]
    [InlineData("terminal", ConsoleKind.Terminal)]
    public async Task The_console_of_a_running_machine_is_found_and_answers(string console, ConsoleKind kind)
    {
        var found = (await ResolveAsync(console: console)).ShouldBeOfType<ConsoleResolution.Found>();

        found.Console.Kind.ShouldBe(kind);
        await using var stream = await found.Consoles.OpenAsync(_instance.Id, "server", found.Console, default);
        stream.CanWrite.ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_not_there_is_unknown()
    {
        (await ResolveAsync(instance: _instance.Id + 1)).ShouldBeOfType<ConsoleResolution.Unknown>();
        (await ResolveAsync(machine: "client")).ShouldBeOfType<ConsoleResolution.Unknown>();
        (await ResolveAsync(console: "desktop")).ShouldBeOfType<ConsoleResolution.Unknown>();
    }

    [Fact]
    public async Task The_port_of_a_web_console_is_found_by_who_may_do_more_than_watch()
    {
        (await ResolveAsync(console: "site")).ShouldBeOfType<ConsoleResolution.FoundPort>().Console.Port.ShouldBe(80);
        (await ResolveAsync(console: "site", mode: ConsoleMode.View)).ShouldBeOfType<ConsoleResolution.Forbidden>();
    }

    [Fact]
    public async Task Observers_watch_members_type_and_strangers_do_neither()
    {
        (await ResolveAsync(Guest, mode: ConsoleMode.View)).ShouldBeOfType<ConsoleResolution.Forbidden>();
        await Instances.SetMemberAsync(_instance.Id, Guest, InstanceRole.Observer, default);
        (await ResolveAsync(Guest, mode: ConsoleMode.View)).ShouldBeOfType<ConsoleResolution.Found>();
        (await ResolveAsync(Guest)).ShouldBeOfType<ConsoleResolution.Forbidden>();
        await Instances.SetMemberAsync(_instance.Id, Guest, InstanceRole.Member, default);
        (await ResolveAsync(Guest)).ShouldBeOfType<ConsoleResolution.Found>();
        await Instances.SetMemberAsync(_instance.Id, Guest, null, default);
        (await ResolveAsync(Guest, mode: ConsoleMode.View)).ShouldBeOfType<ConsoleResolution.Forbidden>();
    }

    [Fact]
    public async Task A_machine_that_does_not_run_says_what_to_do()
    {
        await Instances.PowerOffAsync(_instance.Id, "server", default);
        await UntilAsync(MachinePhase.PoweredOff);
        (await ResolveAsync()).ShouldBeOfType<ConsoleResolution.NotNow>().Detail.ShouldContain("Power it on");

        await Instances.PowerOnAsync(_instance.Id, "server", default);
        await UntilAsync(MachinePhase.Running);
        await Instances.PauseAsync(_instance.Id, default);
        await UntilAsync(MachinePhase.Paused);
        (await ResolveAsync()).ShouldBeOfType<ConsoleResolution.NotNow>().Detail.ShouldContain("paused");

        await Instances.StopAsync(_instance.Id, default);
        await UntilAsync(i => !i.IsLive);
        (await ResolveAsync()).ShouldBeOfType<ConsoleResolution.NotNow>().Detail.ShouldContain("Start it again");
    }

    private Task<ConsoleResolution> ResolveAsync(
        long user = Owner, long? instance = null, string machine = "server", string console = "graphical", ConsoleMode mode = ConsoleMode.Interact) =>
        _services.GetRequiredService<LabConsoleDirectory>()
            .ResolveAsync(new ConsoleRequest(user, instance ?? _instance.Id, machine, console, mode), default);

    private Task<LabInstance> UntilAsync(MachinePhase phase) => UntilAsync(i => i.Status.Machines.All(m => m.Phase == phase)
        && i.Status.Phase is InstancePhase.Running or InstancePhase.Paused);

    private Task<LabInstance> UntilAsync(Func<LabInstance, bool> condition) =>
        Eventually.ShowsAsync(async () => (await Instances.FindAsync(_instance.Id, default))!, condition);
}
