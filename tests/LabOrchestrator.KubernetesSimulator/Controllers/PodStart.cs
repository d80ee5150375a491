using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Store;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>The kubelet of a pod that has its node: mounts, network, images, and the containers' programs.</summary>
internal sealed class PodStart(ClusterState cluster, SimulatorSettings settings, Clock clock, PodProcesses processes)
{
    private int _addresses;

    public TimeSpan? Start(StoredObject one, JsonObject pod)
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
        if (images.FirstOrDefault(settings.IsMissing) is { } missing)
        {
            return FailPull(one, missing);
        }

        Run(one);
        foreach (var container in pod.Objects("spec", "containers"))
        {
            processes.Start(one, container.Text("name")!, [.. container.Texts("command")], code => Ended(one, container.Text("name")!, code));
        }

        return null;
    }

    private void Run(StoredObject one)
    {
        var number = Interlocked.Increment(ref _addresses);
        var address = string.Create(CultureInfo.InvariantCulture, $"{settings.PodNetwork}.{(number / 250) & 255}.{(number % 250) + 2}");
        cluster.Update(one.Address, value =>
        {
            var status = value.Part("status");
            status["phase"] = "Running";
            status["podIP"] = address;
            Attachments.Tell(cluster, one, value, address);
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address });
            ContainerStatuses.Set(value, _ => new JsonObject { ["running"] = new JsonObject { ["startedAt"] = clock.Text } }, ready: true, settings.LoadedImageId);
            foreach (var condition in (string[])["Initialized", "ContainersReady", "Ready"])
            {
                cluster.Condition(value, condition, true);
            }

            AwaitProbe(value);
        });
    }

    // Until the probe says so it is not ready; it never was, so this is no change of the condition.
    private static void AwaitProbe(JsonObject pod)
    {
        if (PodProbes.Of(pod) is { } probe)
        {
            foreach (var container in pod.Objects("status", "containerStatuses").Where(s => s.Text("name") == probe.Container))
            {
                (container["ready"], container["started"]) = (false, probe.IsStartup ? false : true);
            }

            foreach (var condition in pod.Objects("status", "conditions").Where(c => c.Text("type") is "ContainersReady" or "Ready"))
            {
                condition["status"] = "False";
                condition["lastTransitionTime"] = pod.Text("metadata", "creationTimestamp");
            }
        }
    }

    private void Ended(StoredObject one, string container, int code)
    {
        if (cluster.Still(one) is null)
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
        cluster.Update(one.Address, value => ContainerStatuses.Set(
            value,
            c => c.Text("image") == image
                ? new JsonObject { ["waiting"] = new JsonObject { ["reason"] = isSecond ? "ImagePullBackOff" : "ErrImagePull", ["message"] = message } }
                : new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating" } },
            ready: false));
        cluster.Tell(one, "Warning", "Failed", $"Failed to pull image \"{image}\": not found", "kubelet");
        return isSecond ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(210);
    }
}
