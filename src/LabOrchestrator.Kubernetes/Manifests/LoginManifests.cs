using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>
/// The passwords of container machines. Nobody but the image's own user can run anything in a running pod, and that one may set no
/// password. So a container of the same image comes before, as root, sets them, and leaves the accounts' folder for the machine: the whole
/// of it, since a file that is mounted alone cannot be renamed over, and so no password changed and no account added.
/// </summary>
internal static class LoginManifests
{
    private const string Logins = "logins";
    private const string Accounts = "accounts";
    private const string AccountsFolder = "/etc";

    // A folder of ours in the volume, whose own one everybody may write to. As on Docker: an image without such accounts or without
    // chpasswd has no use for them, and starts all the same.
    private const string Program =
        $"chpasswd </{Logins}/{Logins}; mkdir -p {AccountsFolder} /{Accounts}{AccountsFolder} && cp -a {AccountsFolder}/. /{Accounts}{AccountsFolder}/";

    /// <summary>The Secret with the logins; null where the machine has none.</summary>
    public static JsonObject? SecretOf(InstanceSpec instance, MachineSpec machine, Installation installation)
    {
        if (machine.Credentials.IsEmpty)
        {
            return null;
        }

        var manifest = Manifest.Of(
            Kinds.Secret, LabNamespace.NameOf(instance), NameOf(machine), ClusterLabels.OfMachine(installation, instance.InstanceId, machine.Name));
        manifest["type"] = "Opaque";
        var lines = string.Concat(machine.Credentials.Select(c => $"{c.Username}:{c.Password}\n"));
        manifest["data"] = new JsonObject { [Logins] = Convert.ToBase64String(Encoding.UTF8.GetBytes(lines)) };
        return manifest;
    }

    /// <summary>Has a machine's pod take its logins over.</summary>
    /// <param name="pod">The pod's manifest.</param>
    /// <param name="machine">The machine.</param>
    public static void AddTo(JsonObject pod, MachineSpec machine)
    {
        if (machine.Credentials.IsEmpty || machine.Definition.Volumes.Any(v => v.Path == AccountsFolder))
        {
            // Who keeps the accounts' folder in a volume of the lab's has accounts of the lab's.
            return;
        }

        var spec = pod["spec"]!;
        spec["initContainers"]!.AsArray().Add((JsonNode)Setter(machine));
        spec["containers"]![0]!["volumeMounts"]!.AsArray().Add(
            (JsonNode)new JsonObject { ["name"] = Accounts, ["mountPath"] = AccountsFolder, ["subPath"] = AccountsFolder[1..] });
        spec["volumes"]!.AsArray().Add((JsonNode)new JsonObject { ["name"] = Logins, ["secret"] = new JsonObject { ["secretName"] = NameOf(machine) } });
        spec["volumes"]!.AsArray().Add((JsonNode)new JsonObject { ["name"] = Accounts, ["emptyDir"] = new JsonObject { ["sizeLimit"] = "256Mi" } });
    }

    private static JsonObject Setter(MachineSpec machine) => new()
    {
        ["name"] = Logins,
        ["image"] = ContainerManifests.ImageOf(machine),
        ["command"] = new JsonArray("/bin/sh", "-c", Program),
        ["resources"] = new JsonObject
        {
            ["requests"] = new JsonObject { ["cpu"] = "10m", ["memory"] = Quantities.Bytes(machine.Definition.MemoryBytes) },
            ["limits"] = new JsonObject { ["memory"] = Quantities.Bytes(machine.Definition.MemoryBytes) },
        },
        ["securityContext"] = new JsonObject
        {
            ["runAsUser"] = 0,
            ["runAsGroup"] = 0,
            ["allowPrivilegeEscalation"] = false,
            ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL"), ["add"] = new JsonArray("CHOWN", "DAC_OVERRIDE", "FOWNER") },
        },
        ["volumeMounts"] = new JsonArray(
            new JsonObject { ["name"] = Logins, ["mountPath"] = $"/{Logins}", ["readOnly"] = true },
            new JsonObject { ["name"] = Accounts, ["mountPath"] = $"/{Accounts}" }),
    };

    private static string NameOf(MachineSpec machine) => $"{machine.Name}-logins";
}
