using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Controllers;
using LabOrchestrator.KubernetesSimulator.Requests;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>What the API server fills in for the kinds that labs use.</summary>
internal sealed class Defaults : IAdmissionRule
{
    private int _addresses;

    public void Admit(AdmissionRequest request, List<string> warnings)
    {
        var value = request.Value;
        switch (request.Kind.Plural, request.Kind.Group)
        {
            case ("namespaces", ""):
                value.Metadata().Part("labels")["kubernetes.io/metadata.name"] = request.Name;
                if (request.IsCreate)
                {
                    value.Part("spec")["finalizers"] = ObjectJson.List(["kubernetes"]);
                    value["status"] = new JsonObject { ["phase"] = "Active" };
                }
                else if (request.Before.At("spec") is { } spec)
                {
                    value["spec"] = spec.DeepClone();
                }

                break;
            case ("pods", ""):
                Pod(value, value.Part("spec"), request.IsCreate);
                break;
            case ("services", ""):
                Service(value.Part("spec"));
                break;
            case ("secrets", ""):
                Secret(value);
                break;
            case ("persistentvolumeclaims", "") when request.IsCreate:
                value.Part("spec")["volumeMode"] ??= "Filesystem";
                value["status"] = new JsonObject { ["phase"] = "Pending" };
                value.Metadata()["finalizers"] = ObjectJson.List(value.Metadata().Texts("finalizers").Append(ClaimController.Finalizer).Distinct());
                break;
            case ("deployments", "apps") or ("statefulsets", "apps") or ("replicasets", "apps"):
                value.Part("spec")["replicas"] ??= 1;
                break;
            case ("resourcequotas", "") when request.IsCreate && value.At("spec", "hard") is { } hard:
                value["status"] = new JsonObject { ["hard"] = hard.DeepClone() };
                break;
            default:
                break;
        }
    }

    private static void Pod(JsonObject value, JsonObject spec, bool isNew)
    {
        spec["restartPolicy"] ??= "Always";
        spec["dnsPolicy"] ??= "ClusterFirst";
        spec["terminationGracePeriodSeconds"] ??= 30;
        spec["serviceAccountName"] ??= "default";
        spec["schedulerName"] ??= "default-scheduler";
        spec["enableServiceLinks"] ??= true;
        foreach (var container in spec.Objects("containers"))
        {
            var image = container.Text("image") ?? "";
            container["imagePullPolicy"] ??= image.EndsWith(":latest", StringComparison.Ordinal) || !image[(image.LastIndexOf('/') + 1)..].Contains(':', StringComparison.Ordinal) ? "Always" : "IfNotPresent";
            foreach (var limit in container.At("resources", "limits") as JsonObject ?? [])
            {
                container.Part("resources").Part("requests")[limit.Key] ??= limit.Value!.DeepClone();
            }
        }

        if (isNew)
        {
            value["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = "Burstable" };
        }
    }

    private void Service(JsonObject spec)
    {
        spec["type"] ??= "ClusterIP";
        spec["sessionAffinity"] ??= "None";
        foreach (var port in spec.Objects("ports"))
        {
            port["protocol"] ??= "TCP";
            port["targetPort"] ??= port["port"]?.DeepClone();
        }

        if (spec.Text("type") != "ExternalName" && spec["clusterIP"] is null)
        {
            var number = Interlocked.Increment(ref _addresses);
            spec["clusterIP"] = string.Create(CultureInfo.InvariantCulture, $"10.{96 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}");
        }

        if (spec.Text("clusterIP") is { } address)
        {
            spec["clusterIPs"] ??= ObjectJson.List([address]);
        }
    }

    private static void Secret(JsonObject value)
    {
        value["type"] ??= "Opaque";
        foreach (var (name, text) in value["stringData"] as JsonObject ?? [])
        {
            value.Part("data")[name] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text.Text() ?? ""));
        }

        value.Remove("stringData");
        foreach (var (name, text) in value["data"] as JsonObject ?? [])
        {
            if (!Convert.TryFromBase64String(text.Text() ?? "", new byte[(text.Text()?.Length ?? 0) + 4], out _))
            {
                throw ApiRefusal.BadRequest($"Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 0 ({name})");
            }
        }
    }
}
