using LabOrchestrator.Docker;
using LabOrchestrator.Kubernetes;
using LabOrchestrator.Labs.Reading;
using LabOrchestrator.Postgres.Cluster;
using LabOrchestrator.Server.Images;

namespace LabOrchestrator.Server.Configuration;

/// <summary>Everything that can be set, read once at the start.</summary>
public sealed class Settings
{
    // Sections whose keys are not ours to know, and keys of the scripts and tests of the repository.
    private static readonly string[] OpenSections = ["Logging", "Tests", "Bench"];
    private static readonly string[] ScriptKeys = ["CACHE", "DebianMirror", "DebianSecurityMirror", "IN_DOCKER_GROUP"];

    private Settings(IConfiguration source)
    {
        Source = source;
        var reader = new SettingsReader(source);
        General = reader.Read("", new GeneralOptions());
        Admin = reader.Read("Admin", new AdminOptions());
        Http = reader.Read("Http", new HttpOptions());
        Postgres = reader.Read("Postgres", new PostgresOptions(), o => o.Validate());
        Runtime = reader.Read("Runtime", new RuntimeOptions());
        Docker = reader.Read(DockerRuntimeOptions.Section, new DockerRuntimeOptions(), o => [.. o.Validate(), .. WrongReferences(o)]);
        Kubernetes = reader.Read(KubernetesRuntimeOptions.Section, new KubernetesRuntimeOptions(), o => [.. o.Validate(), .. WrongReferences(o)]);
        Apps = reader.Read("Apps", new AppsOptions());
        PrototypeApi = reader.Read("PrototypeApi", new PrototypeApiOptions());
        Labs = reader.Read("Labs", new LabsOptions());
        Images = reader.Read("Images", new ImagesOptions());
        Limits = reader.Read("Limits", new LimitsOptions());
        if (reader.Mistakes.Count > 0)
        {
            throw new SettingsException(reader.Mistakes);
        }

        Warnings = [.. UnknownKeys(source, reader.KnownKeys)];
    }

    /// <summary>The texts that the settings were read from, with <c>:</c> between the parts of a key.</summary>
    public IConfiguration Source { get; }

    /// <summary>Keys that mean nothing, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Settings without a section.</summary>
    public GeneralOptions General { get; }

    /// <summary>The first admin.</summary>
    public AdminOptions Admin { get; }

    /// <summary>Where and how the server listens.</summary>
    public HttpOptions Http { get; }

    /// <summary>The database.</summary>
    public PostgresOptions Postgres { get; }

    /// <summary>The engine.</summary>
    public RuntimeOptions Runtime { get; }

    /// <summary>The Docker runtime.</summary>
    public DockerRuntimeOptions Docker { get; }

    /// <summary>The Kubernetes runtime.</summary>
    public KubernetesRuntimeOptions Kubernetes { get; }

    /// <summary>Web ports of machines.</summary>
    public AppsOptions Apps { get; }

    /// <summary>The prototype's routes.</summary>
    public PrototypeApiOptions PrototypeApi { get; }

    /// <summary>Where labs come from.</summary>
    public LabsOptions Labs { get; }

    /// <summary>Images.</summary>
    public ImagesOptions Images { get; }

    /// <summary>How much may run at once.</summary>
    public LimitsOptions Limits { get; }

    /// <summary>Whether the prototype's routes are served.</summary>
    public bool ServesPrototypeApi => PrototypeApi.Enabled ?? Http.IsLoopbackOnly;

    /// <summary>Reads the variables of the environment that begin with <c>LABORCHESTRATOR_</c>.</summary>
    /// <exception cref="SettingsException">Something is wrong with them.</exception>
    public static Settings FromEnvironment() =>
        new(new ConfigurationBuilder().AddEnvironmentVariables(SettingsReader.Prefix).Build());

    /// <summary>Reads settings by their key without the prefix, for example <c>Http__Port</c>.</summary>
    /// <exception cref="SettingsException">Something is wrong with them.</exception>
    public static Settings From(IEnumerable<KeyValuePair<string, string?>> values) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Key.Replace("__", ":", StringComparison.Ordinal), v.Value)))
        .Build());

    private static IEnumerable<string> WrongReferences(DockerRuntimeOptions docker)
    {
        foreach (var (key, reference) in new[]
        {
            (nameof(docker.LauncherImage), docker.LauncherImage), (nameof(docker.HelperImage), docker.HelperImage),
        })
        {
            if (!ImageRules.IsReference(reference))
            {
                yield return $"{DockerRuntimeOptions.Section}__{key} must be {ImageRules.ReferenceMeaning}, not \"{reference}\".";
            }
        }
    }

    private static IEnumerable<string> WrongReferences(KubernetesRuntimeOptions kubernetes)
    {
        foreach (var (key, reference) in new[] { (nameof(kubernetes.HelperImage), kubernetes.HelperImage), (nameof(kubernetes.BaseImages), kubernetes.BaseImages) })
        {
            if (!ImageRules.IsReference(reference))
            {
                yield return $"{KubernetesRuntimeOptions.Section}__{key} must be {ImageRules.ReferenceMeaning}, not \"{reference}\".";
            }
        }
    }

    private static IEnumerable<string> UnknownKeys(IConfiguration source, IReadOnlyCollection<string> known)
    {
        foreach (var key in source.AsEnumerable().Where(e => e.Value is not null).Select(e => e.Key.Replace(":", "__", StringComparison.Ordinal)))
        {
            if (known.Contains(key, StringComparer.OrdinalIgnoreCase)
                || ScriptKeys.Contains(key, StringComparer.OrdinalIgnoreCase)
                || OpenSections.Contains(key.Split("__")[0], StringComparer.OrdinalIgnoreCase))
            {
                continue;
            }

            var near = NearestWord.Of(key, known);
            yield return $"{SettingsReader.Prefix}{key} is not a setting and is ignored."
                + (near.Count > 0 ? $" Did you mean {string.Join(" or ", near.Select(n => SettingsReader.Prefix + n))}?" : "");
        }
    }
}
