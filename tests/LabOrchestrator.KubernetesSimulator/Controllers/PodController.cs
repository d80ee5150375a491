using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Admission;
using LabOrchestrator.KubernetesSimulator.Store;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>Scheduler and kubelet: Pending, ContainerCreating, Running, and the end.</summary>
internal sealed class PodController(ClusterState cluster, SimulatorSettings settings, Clock clock, PodFolders folders, PodProcesses processes, PodNetwork network) : IController
{
    private const string Node = "node-1";
    private int _addresses;

    public IEnumerable<ObjectAddress> Concerned(StoreChange change)
    {
        if (change.Object.Kind is not { Group: "", Plural: "pods" })
        {
            return [];
        }

        if (change.Kind == ChangeKind.Deleted)
        {
            folders.End(change.Object.Uid, remove: true);
            return [];
        }

        return [change.Object.Address];
    }

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { } one)
        {
            return null;
        }

        var pod = one.Read();
        if (one.IsEnding)
        {
            return End(one);
        }

        if (pod.Text("status", "phase") is "Failed" or "Succeeded")
        {
            folders.End(one.Uid, remove: false);
        }

        if (pod.Text("status", "phase") is "Running" && Probe(pod) is { } probe)
        {
            if (PodNetwork.DialledBy(probe.Command) is var (address, port))
            {
                Ready(one, probe.Container, network.Reaches(one, address, port));
            }
            else
            {
                processes.Probe(one, probe.Container, probe.Command, isReady => Ready(one, probe.Container, isReady));
            }

            return TimeSpan.FromMilliseconds(settings.ProbeMilliseconds);
        }

        if (pod.Text("status", "phase") is not "Pending")
        {
            return null;
        }

        return pod.Text("spec", "nodeName") is null ? Schedule(one, pod) : StartContainers(one, pod);
    }

    /// <summary>The command of its first readiness probe that is one.</summary>
    private static (string Container, string[] Command, bool IsStartup)? Probe(JsonObject pod)
    {
        var container = pod.Objects("spec", "containers").FirstOrDefault(c => c.At("readinessProbe", "exec") is not null);
        return container is null ? null : (container.Text("name")!, [.. container.Texts("readinessProbe", "exec", "command")], container.At("startupProbe") is not null);
    }

    private void Ready(StoredObject one, string container, bool isReady)
    {
        var seen = Still(one)?.Read().Objects("status", "containerStatuses").FirstOrDefault(s => s.Text("name") == container);
        if (seen is null || seen.Flag("ready") == isReady)
        {
            return;
        }

        cluster.Update(one.Address, value =>
        {
            foreach (var status in value.Objects("status", "containerStatuses").Where(s => s.Text("name") == container))
            {
                status["ready"] = isReady;
                status["started"] = isReady || status.Flag("started") == true;
            }

            foreach (var condition in (string[])["ContainersReady", "Ready"])
            {
                cluster.Condition(value, condition, isReady, isReady ? null : "ContainersNotReady", isReady ? null : $"containers with unready status: [{container}]");
            }
        });
    }

    /// <summary>The pod, unless another of its name came in its place.</summary>
    private StoredObject? Still(StoredObject one) => cluster.Store.Find(one.Address) is { } now && now.Uid == one.Uid ? now : null;

    private void Ended(StoredObject one, string container, int code)
    {
        if (Still(one) is null)
        {
            return;
        }

        cluster.Update(one.Address, value =>
        {
            value.Part("status")["phase"] = code == 0 ? "Succeeded" : "Failed";
            foreach (var status in value.Objects("status", "containerStatuses").Where(s => s.Text("name") == container))
            {
                status["ready"] = false;
                status["state"] = new JsonObject
                {
                    ["terminated"] = new JsonObject { ["exitCode"] = code, ["reason"] = code == 0 ? "Completed" : "Error", ["finishedAt"] = clock.Text },
                };
            }
        });
    }

    private TimeSpan? End(StoredObject one)
    {
        if (clock.Left(one.Uid, "stopping", settings.StoppingMilliseconds) is { } left)
        {
            return left;
        }

        cluster.Update(one.Address, value => value.Metadata()["deletionGracePeriodSeconds"] = 0);
        return null;
    }

    private TimeSpan? Schedule(StoredObject one, JsonObject pod)
    {
        if (clock.Left(one.Uid, "scheduling", settings.SchedulingMilliseconds) is { } left)
        {
            return left;
        }

        if (pod.Text("spec", "schedulerName") is not (null or "default-scheduler"))
        {
            // Somebody else's to take to a node, and there is nobody else.
            return null;
        }

        if (pod.Objects("spec", "schedulingGates").Any())
        {
            cluster.Update(one.Address, value => cluster.Condition(value, "PodScheduled", false, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"));
            return null;
        }

        if (WhyNot(one, pod) is { } reason)
        {
            cluster.Update(one.Address, value => cluster.Condition(value, "PodScheduled", false, "Unschedulable", reason));
            cluster.Tell(one, "Warning", "FailedScheduling", reason, "default-scheduler");
            return TimeSpan.FromMilliseconds(200);
        }

        cluster.Update(one.Address, value =>
        {
            value.Part("spec")["nodeName"] = Node;
            cluster.Condition(value, "PodScheduled", true);
            value.Part("status")["hostIP"] = "192.168.1.10";
            value.Part("status")["startTime"] = clock.Text;
            Containers(value, _ => new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating" } }, ready: false);
        });
        return null;
    }

    private string? WhyNot(StoredObject one, JsonObject pod)
    {
        foreach (var claim in pod.Objects("spec", "volumes").Select(v => v.Text("persistentVolumeClaim", "claimName")).OfType<string>())
        {
            if (cluster.Find("", "persistentvolumeclaims", one.Namespace, claim) is null)
            {
                return $"0/1 nodes are available: persistentvolumeclaim \"{claim}\" not found. not found";
            }
        }

        var memory = pod.Objects("spec", "containers").Sum(c => Quantity.Parse(c.Text("resources", "requests", "memory")));
        if (memory > Quantity.Parse(settings.NodeMemory))
        {
            return "0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
        }

        var labels = cluster.Find("", "nodes", "", Node)?.Labels;
        return pod.At("spec", "nodeSelector") is JsonObject selector && !selector.All(s => labels?.GetValueOrDefault(s.Key) == s.Value.Text())
            ? "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
            : null;
    }

    private TimeSpan? StartContainers(StoredObject one, JsonObject pod)
    {
        if (clock.Left(one.Uid, "containers", settings.ContainersMilliseconds) is { } left)
        {
            return left;
        }

        if (Unmounted(one, pod) is { } mount)
        {
            cluster.Tell(one, "Warning", "FailedMount", mount, "kubelet");
            return TimeSpan.FromMilliseconds(200);
        }

        if (Attachments.WhyNot(cluster, one, pod) is { } noNetwork)
        {
            cluster.Tell(one, "Warning", "NoNetworkFound", noNetwork, "multus");
            cluster.Tell(one, "Warning", "FailedCreatePodSandBox", $"Failed to create pod sandbox: plugin type=\"multus\" failed (add): {noNetwork}", "kubelet");
            return TimeSpan.FromMilliseconds(200);
        }

        var images = pod.Objects("spec", "containers").Concat(pod.Objects("spec", "initContainers")).Select(c => c.Text("image") ?? "");
        if (images.FirstOrDefault(i => settings.MissingImages.Any(m => i.Contains(m, StringComparison.Ordinal))) is { } missing)
        {
            return FailPull(one, missing);
        }

        var number = Interlocked.Increment(ref _addresses);
        var address = string.Create(CultureInfo.InvariantCulture, $"{settings.PodNetwork}.{(number / 250) & 255}.{(number % 250) + 2}");
        cluster.Update(one.Address, value =>
        {
            var status = value.Part("status");
            status["phase"] = "Running";
            status["podIP"] = address;
            Attachments.Tell(cluster, one, value, address);
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address });
            Containers(value, _ => new JsonObject { ["running"] = new JsonObject { ["startedAt"] = clock.Text } }, ready: true);
            foreach (var condition in (string[])["Initialized", "ContainersReady", "Ready"])
            {
                cluster.Condition(value, condition, true);
            }

            if (Probe(value) is { } probe)
            {
                // Until the probe says so it is not ready; it never was, so this is no change of the condition.
                foreach (var container in value.Objects("status", "containerStatuses").Where(s => s.Text("name") == probe.Container))
                {
                    (container["ready"], container["started"]) = (false, probe.IsStartup ? false : true);
                }

                foreach (var condition in value.Objects("status", "conditions").Where(c => c.Text("type") is "ContainersReady" or "Ready"))
                {
                    condition["status"] = "False";
                    condition["lastTransitionTime"] = pod.Text("metadata", "creationTimestamp");
                }
            }
        });
        foreach (var container in pod.Objects("spec", "containers"))
        {
            processes.Start(one, container.Text("name")!, [.. container.Texts("command")], code => Ended(one, container.Text("name")!, code));
        }

        return null;
    }

    private string? Unmounted(StoredObject one, JsonObject pod)
    {
        foreach (var volume in pod.Objects("spec", "volumes"))
        {
            var (kind, name) = volume switch
            {
                _ when volume.Text("secret", "secretName") is { } secret && volume.Flag("secret", "optional") != true => ("secret", secret),
                _ when volume.Text("configMap", "name") is { } map && volume.Flag("configMap", "optional") != true => ("configmap", map),
                _ => ("", ""),
            };
            if (kind.Length > 0 && cluster.Find("", kind + "s", one.Namespace, name) is null)
            {
                return $"MountVolume.SetUp failed for volume \"{volume.Text("name")}\" : {kind} \"{name}\" not found";
            }
        }

        return null;
    }

    private TimeSpan? FailPull(StoredObject one, string image)
    {
        var isSecond = clock.Left(one.Uid, "pull", 200) is null;
        var message = isSecond
            ? $"Back-off pulling image \"{image}\": ErrImagePull: failed to pull and unpack image \"{image}\": not found"
            : $"failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found";
        cluster.Update(one.Address, value => Containers(
            value,
            c => c.Text("image") == image
                ? new JsonObject { ["waiting"] = new JsonObject { ["reason"] = isSecond ? "ImagePullBackOff" : "ErrImagePull", ["message"] = message } }
                : new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating" } },
            ready: false));
        cluster.Tell(one, "Warning", "Failed", $"Failed to pull image \"{image}\": not found", "kubelet");
        return isSecond ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(210);
    }

    /// <summary>The image as the container engine resolved it: another name, another content.</summary>
    private static string Digest(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal))
        {
            return image;
        }

        var colon = image.LastIndexOf(':');
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(image)));
        return $"{(colon > image.LastIndexOf('/') ? image[..colon] : image)}@sha256:{hash}";
    }

    private static void Containers(JsonObject pod, Func<JsonObject, JsonObject> state, bool ready)
    {
        pod.Part("status")["containerStatuses"] = new JsonArray([.. pod.Objects("spec", "containers").Select(c => (JsonNode)new JsonObject
        {
            ["name"] = c.Text("name"), ["image"] = c.Text("image"), ["imageID"] = ready ? Digest(c.Text("image") ?? "") : "", ["containerID"] = ready ? "containerd://" + Guid.NewGuid().ToString("N") : null,
            ["ready"] = ready, ["started"] = ready, ["restartCount"] = 0, ["state"] = state(c), ["lastState"] = new JsonObject(),
        })]);
        foreach (var status in pod.Objects("status", "containerStatuses").Where(s => s["containerID"] is null))
        {
            status.Remove("containerID");
        }
    }
}
