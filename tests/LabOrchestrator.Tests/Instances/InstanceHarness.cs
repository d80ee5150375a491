using LabOrchestrator.Conformance;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Instances;

/// <summary>The library as a host has it, with stores in memory and time that passes only while a test waits.</summary>
internal sealed class InstanceHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly SurveyedRuntime _surveyed;
    private bool _running;

    public InstanceHarness(AdmissionLimits? limits = null, InstanceHarness? after = null, InMemoryLabRuntime? runtime = null)
    {
        Runtime = runtime ?? after?.Runtime ?? new InMemoryLabRuntime(Time);
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<ILabRuntime>(_surveyed = new SurveyedRuntime(Runtime));
        if (after is not null)
        {
            services.AddSingleton(after.Store);
            services.AddSingleton(after._services.GetRequiredService<ILabStore>());
            services.AddSingleton(after._services.GetRequiredService<IImageStore>());
        }

        services.AddLabOrchestrator(l =>
        {
            l.Instances = limits?.Instances ?? l.Instances;
            l.InstancesPerUser = limits?.InstancesPerUser ?? l.InstancesPerUser;
            l.MemoryBytes = limits?.MemoryBytes;
        });
        services.AddInMemoryStores();
        _services = services.BuildServiceProvider();
    }

    public ManualTimeProvider Time { get; } = new();

    public InMemoryLabRuntime Runtime { get; }

    public LabInstances Instances => _services.GetRequiredService<LabInstances>();

    public ILabInstanceStore Store => _services.GetRequiredService<ILabInstanceStore>();

    public IImageStore Images => _services.GetRequiredService<IImageStore>();

    public Orphans Orphans => _services.GetRequiredService<Orphans>();

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task<InstanceHarness> RunAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(Token);
        }

        _running = true;
        return this;
    }

    /// <summary>A lab of a VM "server" and a container "client", or of the VM alone.</summary>
    public async Task<Lab> AddLabAsync(string name = "client-and-server", int perUser = 1, bool areVmsAlone = false, LossPolicy onLoss = LossPolicy.Repair)
    {
        await Images.AddAsync(new Image(0, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, "") { LoginUser = "lab" }, Token);
        await Images.AddAsync(new Image(0, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, ""), Token);
        var definition = new LabDefinition
        {
            Name = name,
            Title = name,
            Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
            InstancesPerUser = perUser,
            OnLoss = onLoss,
            Machines =
            [
                Machine("server", "tiny-vm", ImageKind.Vm) with { Consoles = [new ConsoleDefinition("terminal", ConsoleKind.Terminal)] },
                .. areVmsAlone ? [] : new[] { Machine("client", "terminal", ImageKind.Container) },
            ],
        };
        return await _services.GetRequiredService<ILabStore>()
            .PutAsync(definition, LabFiles.FromDefinition(name), null, Time.GetUtcNow(), Token);
    }

    public async Task<LabInstance> StartAsync(Lab lab, long owner = 1) =>
        (await Instances.StartAsync(new StartRequest(lab.Id, owner), Token)).ShouldBeOfType<StartResult.Accepted>().Instance;

    /// <summary>Lets time pass until an instance is as described; fails after <see cref="Eventually.Patience"/> of real time.</summary>
    public Task<LabInstance> UntilAsync(long id, InstancePhase phase) => UntilAsync(id, i => i.Status.Phase == phase);

    public async Task<LabInstance> UntilAsync(long id, Func<LabInstance, bool> condition)
    {
        LabInstance? seen = null;
        await UntilAsync(
            async () => (seen = await Instances.FindAsync(id, Token)) is not null && condition(seen),
            () => $"Instance {id} is {seen?.Status.Phase}: {seen?.Status.Reason}; "
                + string.Join(", ", seen?.Status.Machines.Select(m => $"{m.Name} {m.Phase} {m.Reason}") ?? []));
        return seen!;
    }

    public async Task UntilAsync(Func<Task<bool>> condition, Func<string> otherwise)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Eventually.Patience)
            {
                throw new TimeoutException(otherwise());
            }

            Time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token);
        }
    }

    /// <summary>
    /// Lets some ten minutes pass, until a look at all that the engine holds that began meanwhile has come to its end: the next has begun.
    /// </summary>
    public async Task SurveyAsync()
    {
        for (var look = 0; look < 2; look++)
        {
            var before = _surveyed.Looks;
            Time.Advance(TimeSpan.FromMinutes(5));
            await UntilAsync(() => Task.FromResult(_surveyed.Looks > before), () => "Nobody looks what the engine holds.");
        }
    }

    /// <summary>Ends the host's loops as a killed server's end: nothing is tidied up.</summary>
    public async Task KillAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StopAsync(new CancellationToken(canceled: true));
        }

        _running = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_running)
        {
            await KillAsync();
        }

        await _services.DisposeAsync();
    }

    private static MachineDefinition Machine(string name, string image, ImageKind kind) =>
        new() { Name = name, Title = name, Image = image, Kind = kind, MemoryBytes = 128L << 20 };
}
