using System.Collections.Concurrent;
using System.Collections.Immutable;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Conformance.Runtimes;

/// <summary>
/// What the contract needs to know of a runtime under test. One is made for each test and removes what the test started.
/// </summary>
public abstract class LabRuntimeHarness : IAsyncLifetime
{
    private readonly ConcurrentBag<long> _started = [];

    /// <summary>The runtime.</summary>
    protected abstract ILabRuntime Runtime { get; }

    /// <summary>Its consoles.</summary>
    protected virtual IMachineConsoles Consoles => (IMachineConsoles)Runtime;

    /// <summary>Its commands.</summary>
    protected virtual IMachineCommands Commands => (IMachineCommands)Runtime;

    /// <summary>An image with a shell for container machines.</summary>
    protected abstract Image ContainerImage { get; }

    /// <summary>A bootable image.</summary>
    protected abstract Image? VmImage { get; }

    /// <summary>The longest that anything in a test may take.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromMinutes(2);

    /// <summary>The test's token.</summary>
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A token that ends with the test or with <see cref="Patience"/>.</summary>
    protected CancellationToken Patient
    {
        get
        {
            var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
            source.CancelAfter(Patience);
            return source.Token;
        }
    }

    /// <summary>Ends a machine as if it had died by itself.</summary>
    protected abstract Task KillAsync(long instanceId, string machine);

    /// <summary>The command that writes a text to a file of the machine's disk.</summary>
    protected virtual IReadOnlyList<string> WriteFile(string name, string text) => ["sh", "-c", $"echo '{text}' > \"$HOME/{name}\" && sync"];

    /// <summary>The command that says what is in a file, and fails when there is none.</summary>
    protected virtual IReadOnlyList<string> ReadFile(string name) => ["sh", "-c", $"cat \"$HOME/{name}\""];

    /// <inheritdoc/>
    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Task.WhenAll(_started.Distinct().Select(id => Runtime.DeleteAsync(id, CancellationToken.None)));
    }

    /// <summary>An identity that no other test uses; what it names is removed after the test.</summary>
    protected long NewInstanceId()
    {
        var id = Random.Shared.NextInt64(1_000_000, 1_000_000_000);
        _started.Add(id);
        return id;
    }

    /// <summary>A container machine with a terminal.</summary>
    protected MachineSpec ContainerMachine(string name = "box") => new()
    {
        Image = ContainerImage,
        Definition = new MachineDefinition
        {
            Name = name,
            Title = name,
            Image = ContainerImage.Name,
            Kind = ImageKind.Container,
            MemoryBytes = 64 << 20,
            Consoles = [Terminal],
            Networks = [new NetworkAttachment(LabDefinition.DefaultNetwork)],
        },
    };

    /// <summary>A VM with a screen and a serial line.</summary>
    protected MachineSpec VmMachine(string name = "server")
    {
        VmImage.ShouldNotBeNull("a VM image to test with");
        return new MachineSpec
        {
            Image = VmImage,
            Definition = new MachineDefinition
            {
                Name = name,
                Title = name,
                Image = VmImage.Name,
                Kind = ImageKind.Vm,
                MemoryBytes = 128 << 20,
                Consoles = [Screen, Terminal],
                Networks = [new NetworkAttachment(LabDefinition.DefaultNetwork)],
            },
        };
    }

    /// <summary>A new instance of machines on one network.</summary>
    protected InstanceSpec Spec(params ImmutableArray<MachineSpec> machines) => new()
    {
        InstanceId = NewInstanceId(),
        OwnerId = 1,
        NamespacePrefix = "conformance",
        Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
        Machines = machines,
    };

    /// <summary>The same instance with one machine changed.</summary>
    protected static InstanceSpec With(InstanceSpec spec, string machine, Func<MachineSpec, MachineSpec> change) =>
        spec with { Machines = [.. spec.Machines.Select(m => m.Name == machine ? change(m) : m)] };

    /// <summary>Applies and expects nothing of the stages.</summary>
    protected Task<ObservedInstance> ApplyAsync(InstanceSpec spec) => Runtime.ApplyAsync(spec, new StageLog(), Patient);

    /// <summary>Runs a command in a machine and expects success.</summary>
    protected async Task<string> RunAsync(InstanceSpec spec, string machine, IReadOnlyList<string> command)
    {
        var result = await Commands.RunAsync(spec.InstanceId, machine, command, Patient);
        result.ExitCode.ShouldBe(0, result.Output);
        return result.Output.Trim();
    }

    /// <summary>Attaches to the terminal of a machine.</summary>
    protected async Task<KeeperClient> AttachAsync(InstanceSpec spec, string machine, ulong from = 0) =>
        await KeeperClient.AttachAsync(await Consoles.OpenAsync(spec.InstanceId, machine, Terminal, Patient), from, Patient);

    /// <summary>A terminal console.</summary>
    protected static ConsoleDefinition Terminal { get; } = new("terminal", ConsoleKind.Terminal);

    /// <summary>A graphical console.</summary>
    protected static ConsoleDefinition Screen { get; } = new("graphical", ConsoleKind.Graphical);

    /// <summary>The one machine of that name.</summary>
    protected static ObservedMachine Of(ObservedInstance? observed, string machine) =>
        observed.ShouldNotBeNull().Machines.Single(m => m.Name == machine);
}

/// <summary>Keeps the stages that were reported.</summary>
public sealed class StageLog : IProgress<MachineProgress>
{
    private readonly ConcurrentQueue<MachineProgress> _seen = new();

    /// <inheritdoc/>
    public void Report(MachineProgress value) => _seen.Enqueue(value);

    /// <summary>The reasons that were given for a machine's stages, in order.</summary>
    public IReadOnlyList<string> ReasonsOf(string machine) => [.. _seen.Where(p => p.Machine == machine).Select(p => p.Reason).OfType<string>()];

    /// <summary>The stages of a machine in order, each once.</summary>
    public IReadOnlyList<MachineStage> Of(string machine) => [.. _seen.Where(p => p.Machine == machine).Select(p => p.Stage).Distinct()];
}
