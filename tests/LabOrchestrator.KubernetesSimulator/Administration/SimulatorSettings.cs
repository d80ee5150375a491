using System.Text.Json;
using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Administration;

/// <summary>What a test may set while the cluster runs. Durations are milliseconds in JSON.</summary>
public sealed class SimulatorSettings
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The version that /version tells.</summary>
    public string Version { get; set; } = "v1.35.0";

    /// <summary>Whether controllers run; without them nothing but the API answers.</summary>
    public bool Controllers { get; set; } = true;

    public int BookmarkMilliseconds { get; set; } = 10_000;

    /// <summary>How long a watch lives that asked for nothing.</summary>
    public int WatchLifeMilliseconds { get; set; } = 1_800_000;

    /// <summary>How many changes a watch may go back.</summary>
    public int HistoryLimit { get; set; } = 20_000;

    /// <summary>Until a pod has a node.</summary>
    public int SchedulingMilliseconds { get; set; } = 5;

    /// <summary>Until its containers run: pulling and creating.</summary>
    public int ContainersMilliseconds { get; set; } = 20;

    /// <summary>Until a pod that is asked to end has ended.</summary>
    public int StoppingMilliseconds { get; set; } = 10;

    /// <summary>From Scheduled to Running of a machine.</summary>
    public int BootingMilliseconds { get; set; } = 20;

    /// <summary>From Running until the guest agent is connected; negative: there is none.</summary>
    public int AgentMilliseconds { get; set; } = 50;

    /// <summary>How long an import of a disk takes.</summary>
    public int ImportMilliseconds { get; set; } = 100;

    /// <summary>Between a change and what controllers make of it.</summary>
    public int ControllerMilliseconds { get; set; } = 1;

    /// <summary>An address that the guest agent claims beside the true one; null: it is honest.</summary>
    public string? AgentLie { get; set; } = "169.254.169.254";

    /// <summary>The first two bytes of pod addresses. With 127.x a test can listen on them.</summary>
    public string PodNetwork { get; set; } = "10.244";

    /// <summary>Memory that a node can give, as a quantity.</summary>
    public string NodeMemory { get; set; } = "64Gi";

    /// <summary>Images whose name contains one of these cannot be pulled.</summary>
    public IReadOnlyList<string> MissingImages { get; set; } = ["does-not-exist"];

    /// <summary>
    /// What nodes state as imageID of images that were loaded into them, with <c>{digest}</c> in it; no image can be pulled then. Null: a
    /// registry gives them.
    /// </summary>
    public string? LoadedImageId { get; set; }

    /// <summary>Launcher pods carry a seccomp profile, as with KubeVirt's seccompConfiguration; otherwise they need "baseline".</summary>
    public bool SeccompProfile { get; set; }

    /// <summary>How often a readiness probe is run, whatever it asks for.</summary>
    public int ProbeMilliseconds { get; set; } = 250;

    /// <summary>What the network between pods enforces of network policies: both types as Calico does, none as flannel alone.</summary>
    public IReadOnlyList<string> EnforcedPolicyTypes { get; set; } = ["Ingress", "Egress"];

    /// <summary>From the first packet that a new policy concerns until it is enforced.</summary>
    public int PolicyMilliseconds { get; set; } = 50;

    /// <summary>A folder that is searched first for programs that exec runs.</summary>
    public string? ProgramFolder { get; set; }

    internal TimeSpan BookmarkEvery => TimeSpan.FromMilliseconds(BookmarkMilliseconds);

    internal TimeSpan WatchLife => TimeSpan.FromMilliseconds(WatchLifeMilliseconds);

    /// <summary>No node has it, and nobody gives it. An image that was loaded is known by its tag alone.</summary>
    internal bool IsMissing(string image) =>
        MissingImages.Any(m => image.Contains(m, StringComparison.Ordinal)) || (LoadedImageId is not null && image.Contains('@', StringComparison.Ordinal));

    internal JsonNode ToJson() => JsonSerializer.SerializeToNode(this, Json)!;

    /// <summary>Takes over what is stated; an unknown name is refused.</summary>
    internal void Take(JsonObject stated)
    {
        var all = (JsonObject)ToJson();
        foreach (var (name, value) in stated)
        {
            if (!all.ContainsKey(name))
            {
                throw new ArgumentException($"There is no setting \"{name}\". There are: {string.Join(", ", all.Select(a => a.Key))}.");
            }

            all[name] = value?.DeepClone();
        }

        var read = all.Deserialize<SimulatorSettings>(Json)!;
        foreach (var property in typeof(SimulatorSettings).GetProperties().Where(p => p.CanWrite))
        {
            property.SetValue(this, property.GetValue(read));
        }
    }
}
