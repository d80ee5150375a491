using LabOrchestrator.Deploy.Kubernetes;

namespace LabOrchestrator.Deploy.Charts;

/// <summary>Renders the chart by <c>render.go</c>, built from Debian's packages of what Helm is made of.</summary>
public sealed class ChartRenderer : IAsyncLifetime
{
    public const string Chart = "deploy/helm/lab-orchestrator";
    public const string Release = "labs";
    public const string Namespace = "lab-system";

    private readonly string _folder = Directory.CreateTempSubdirectory("lab-chart-").FullName;

    private string Program => Path.Combine(_folder, "render");

    public async ValueTask InitializeAsync() => await Command.OutputAsync(
        "env", "GO111MODULE=off", "GOFLAGS=", "GOPATH=/usr/share/gocode", $"GOCACHE={RepositoryDocument.PathOf("artifacts/go")}",
        "go", "build", "-o", Program, "tests/LabOrchestrator.Deploy.Tests/Charts/render.go");

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>What the chart comes to with one of <c>deploy/helm/examples</c>.</summary>
    internal async Task<RenderedObjects> ExampleAsync(string name) =>
        RenderedObjects.Of(await Command.OutputAsync(Program, Chart, Release, Namespace, $"deploy/helm/examples/{name}.yaml"));

    /// <summary>What it comes to with these values.</summary>
    internal async Task<CommandResult> RenderAsync(string values)
    {
        var file = Path.Combine(_folder, "values.yaml");
        await File.WriteAllTextAsync(file, values);
        return await Command.RunAsync(Program, Chart, Release, Namespace, file);
    }
}
