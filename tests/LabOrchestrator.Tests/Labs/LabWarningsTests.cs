using System.Collections.Concurrent;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Labs;

public sealed class LabWarningsTests : IDisposable
{
    private const string Outward = "name: outward\ntitle: Outward\nnetworks: [{name: n, internet: true}]\nmachines: [{name: a, image: terminal}]\n";

    private static readonly RuntimeCapabilities Containers = new([RuntimeCapabilities.Containers])
    {
        Absent = [new MissingCapability(RuntimeCapabilities.Internet) { Reason = "Nothing leads out.", Remedy = "Dig a tunnel." }],
    };

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("lab-warnings-");
    private readonly Lines _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task An_import_warns_of_what_the_runtime_lacks_in_the_words_of_a_refused_start()
    {
        var import = await (await CatalogueAsync(Containers)).ImportAsync(LabFiles.FromDefinition(Outward), null, LabPublisher.Author, Token);

        import.Lab.ShouldNotBeNull();
        import.Warnings.ShouldHaveSingleItem().ShouldBe(new LabWarning(
            "memory", RuntimeCapabilities.Internet, "lab.yaml", 3, 32, "networks[0].internet", "Nothing leads out.", "Dig a tunnel."));
    }

    [Fact]
    public async Task A_runtime_that_has_all_gets_no_warning() =>
        (await (await CatalogueAsync(new([.. RuntimeCapabilities.Known]))).ImportAsync(LabFiles.FromDefinition(Outward), null, LabPublisher.Author, Token))
            .Warnings.ShouldBeEmpty();

    [Fact]
    public async Task A_runtime_that_was_never_reached_is_said_to_be_unknown()
    {
        var catalogue = await CatalogueAsync(Containers with { IsKnown = false }, isAway: true);

        var warning = (await catalogue.ImportAsync(LabFiles.FromDefinition(Outward), null, LabPublisher.Author, Token)).Warnings.ShouldHaveSingleItem();

        warning.Reason.ShouldBe("It is not known yet whether the runtime \"memory\" has it: The in-memory engine is away.");
        warning.Remedy.ShouldBe("Try again when the runtime is there.");
    }

    [Fact]
    public async Task A_folders_warnings_are_logged_once_and_kept_until_it_needs_no_more()
    {
        var catalogue = await CatalogueAsync(Containers);
        var folder = Path.Combine(_root.FullName, "outward");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "lab.yaml"), Outward, Token);

        await catalogue.ImportFolderAsync(_root.FullName, Token);
        await catalogue.ImportFolderAsync(_root.FullName, Token);

        var line = _log.Warnings.ShouldHaveSingleItem();
        line.ShouldContain(folder);
        line.ShouldContain("lab.yaml:3:32: networks[0].internet: The lab requires internet of the runtime \"memory\". Nothing leads out. Dig a tunnel.");
        catalogue.FailedFolders.ShouldBeEmpty();
        var warned = (await catalogue.ListWarnedFoldersAsync(Token)).ShouldHaveSingleItem();
        warned.Folder.ShouldBe(folder);
        warned.Warnings.ShouldHaveSingleItem().Path.ShouldBe("networks[0].internet");

        await File.WriteAllTextAsync(Path.Combine(folder, "lab.yaml"), Outward.Replace("true", "false", StringComparison.Ordinal), Token);
        await catalogue.ImportFolderAsync(_root.FullName, Token);

        (await catalogue.ListWarnedFoldersAsync(Token)).ShouldBeEmpty();
        _log.Warnings.Count.ShouldBe(1);
    }

    private async Task<LabCatalogue> CatalogueAsync(RuntimeCapabilities capabilities, bool isAway = false)
    {
        var images = new InMemoryImageStore();
        foreach (var image in TestImages.All)
        {
            await images.AddAsync(image, Token);
        }

        var runtime = new InMemoryLabRuntime(TimeProvider.System) { Capabilities = capabilities };
        runtime.Faults.IsAway = isAway;
        var runtimes = new LabRuntimes([runtime]);
        var warnings = new LabWarnings(runtimes, new RuntimeHealth(runtimes, TimeProvider.System));
        return new LabCatalogue(new InMemoryLabStore(), images, warnings, TimeProvider.System, _log);
    }

    private sealed class Lines : ILogger<LabCatalogue>
    {
        public ConcurrentQueue<string> Warnings { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Warnings.Enqueue(formatter(state, exception));
            }
        }
    }
}
