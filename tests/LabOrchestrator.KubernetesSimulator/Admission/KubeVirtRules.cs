using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>What KubeVirt's webhooks refuse.</summary>
internal sealed class KubeVirtRules(ObjectStore store) : IAdmissionRule
{
    private const int MostInlineBytes = 2048;
    private static readonly string[] Bindings = ["masquerade", "bridge", "sriov", "passt", "binding", "slirp", "macvtap"];
    private readonly PreferenceRules _preferences = new(store);
    private static readonly HashSet<string> Strategies = ["Always", "Halted", "Manual", "RerunOnFailure", "Once", "WaitAsReceiver"];

    public void Admit(AdmissionRequest request, List<string> warnings)
    {
        if (request.Kind.Group != "kubevirt.io" || request.Kind.Plural is not ("virtualmachines" or "virtualmachineinstances") || (!request.IsCreate && request.Kind.Plural == "virtualmachineinstances"))
        {
            return;
        }

        List<StatusCause> causes = [];
        if (request.Kind.Plural == "virtualmachines")
        {
            // What ends is not looked at; and of what a preference refuses nothing else is said.
            if (request.Value.Metadata().Text("deletionTimestamp") is null && _preferences.Check(request.Value, request.Namespace) is { } demand)
            {
                Refuse(request, [demand]);
            }

            Strategy(request.Value, causes);
            Instance(request.Value.At("spec", "template", "spec"), "spec.template.spec", request.Value.At("spec", "instancetype") is not null, causes);
        }
        else
        {
            Instance(request.Value["spec"], "spec", false, causes);
        }

        if (causes.Count > 0)
        {
            Refuse(request, causes);
        }
    }

    // The webhook's refusal carries its first cause as the message.
    private static void Refuse(AdmissionRequest request, List<StatusCause> causes) => throw new ApiRefusal(
        422, "Invalid", $"admission webhook \"{(request.Kind.Plural == "virtualmachines" ? "virtualmachine" : "virtualmachineinstances-create")}-validator.kubevirt.io\" denied the request: {causes[0].Message}")
    {
        Causes = causes,
    };

    private static void Strategy(JsonObject machine, List<StatusCause> causes)
    {
        var (running, strategy) = (machine.At("spec", "running"), machine.Text("spec", "runStrategy"));
        if (running is not null && strategy is not null)
        {
            Add(causes, "Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead", "spec.running");
        }
        else if (running is null && strategy is null)
        {
            Add(causes, "One of Running or RunStrategy must be specified", "spec.running");
        }
        else if (strategy is not null && !Strategies.Contains(strategy))
        {
            Add(causes, $"Invalid RunStrategy ({strategy})", "spec.runStrategy");
        }
    }

    private static void Instance(JsonNode? spec, string path, bool hasInstancetype, List<StatusCause> causes)
    {
        var domain = spec.At("domain");
        if (!hasInstancetype && domain.Text("memory", "guest") is null && domain.Text("resources", "requests", "memory") is null && domain.At("memory", "hugepages") is null)
        {
            Add(causes, $"{path}.domain.memory.guest: no memory requested, at least one of '{path}.domain.memory.guest', '{path}.domain.memory.hugepages.size' or '{path}.domain.resources.requests.memory' must be set", path + ".domain.memory.guest");
        }

        if (hasInstancetype && (domain.At("cpu") is not null || domain.At("memory") is not null))
        {
            Add(causes, $"VM field(s) {path}.domain.{(domain.At("cpu") is not null ? "cpu" : "memory")} conflicts with selected instance type", path + ".domain");
        }

        Networks(spec, path, causes);
        Disks(spec, path, causes);
        foreach (var volume in spec.Objects("volumes"))
        {
            CloudInit(volume, path, causes);
        }
    }

    private static void Networks(JsonNode? spec, string path, List<StatusCause> causes)
    {
        var networks = spec.Objects("networks").ToDictionary(n => n.Text("name") ?? "");
        var used = new HashSet<string>();
        foreach (var network in spec.Objects("domain", "devices", "interfaces"))
        {
            var name = network.Text("name") ?? "";
            if (Bindings.Count(b => network[b] is not null) != 1)
            {
                Add(causes, $"logical {name} interface must have exactly one binding", path + ".domain.devices.interfaces");
            }

            if (!networks.TryGetValue(name, out var of))
            {
                Add(causes, $"{path}.domain.devices.interfaces[].name '{name}' not found.", path + ".domain.devices.interfaces");
            }
            else if (network["masquerade"] is not null && of["pod"] is null)
            {
                Add(causes, "Masquerade interface only implemented with pod network", path + ".domain.devices.interfaces");
            }

            used.Add(name);
        }

        foreach (var name in networks.Keys.Where(n => !used.Contains(n)))
        {
            Add(causes, $"{path}.networks[].name '{name}' not found.", path + ".networks");
        }
    }

    private static void Disks(JsonNode? spec, string path, List<StatusCause> causes)
    {
        var volumes = spec.Objects("volumes").Select(v => v.Text("name")).ToList();
        foreach (var disk in spec.Objects("domain", "devices", "disks"))
        {
            if (!volumes.Contains(disk.Text("name")))
            {
                Add(causes, $"{path}.domain.devices.disks[].Name '{disk.Text("name")}' not found.", path + ".domain.devices.disks");
            }

            if (disk["bootOrder"] is not null && disk.Number("bootOrder") < 1)
            {
                Add(causes, "bootOrder must have a value > 0", path + ".domain.devices.disks");
            }
        }

        foreach (var twice in volumes.GroupBy(v => v).Where(g => g.Count() > 1))
        {
            Add(causes, $"{path}.volumes must not have more than one entry with the name '{twice.Key}'.", path + ".volumes");
        }
    }

    private static void CloudInit(JsonObject volume, string path, List<StatusCause> causes)
    {
        foreach (var kind in (string[])["cloudInitNoCloud", "cloudInitConfigDrive"])
        {
            if (volume[kind] is not JsonObject source)
            {
                continue;
            }

            var data = (string[])["userData", "userDataBase64", "secretRef"];
            var network = (string[])["networkData", "networkDataBase64", "networkDataSecretRef"];
            if (data.Count(d => source[d] is not null) != 1 && network.All(n => source[n] is null))
            {
                Add(causes, $"{path}.volumes.{kind} must have one exactly one userdata source set.", $"{path}.volumes.{kind}");
            }

            foreach (var (plain, encoded) in new[] { ("userData", "userDataBase64"), ("networkData", "networkDataBase64") })
            {
                var bytes = source.Text(plain) is { } text ? Encoding.UTF8.GetByteCount(text) : source.Text(encoded) is { } code ? code.Length * 3 / 4 : 0;
                if (bytes > MostInlineBytes)
                {
                    Add(causes, $"{path}.volumes.{kind}.{plain} exceeds {MostInlineBytes} byte limit. Should use UserDataSecretRef for larger data.", $"{path}.volumes.{kind}.{plain}");
                }
            }
        }
    }

    private static void Add(List<StatusCause> causes, string message, string field) => causes.Add(new StatusCause("FieldValueInvalid", message, field));
}
