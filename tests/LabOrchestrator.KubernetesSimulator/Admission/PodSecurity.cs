using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>The Pod Security levels <c>baseline</c> and <c>restricted</c>, by the labels of the namespace, for the fields that labs use.</summary>
internal sealed class PodSecurity(ObjectStore store) : IAdmissionRule
{
    private const string Label = "pod-security.kubernetes.io/";
    private static readonly HashSet<string> BaselineCapabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ];

    private static readonly HashSet<string> BaselineSysctls =
    [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
    ];

    private static readonly HashSet<string> RestrictedVolumes =
        ["name", "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret", "image"];

    public void Admit(AdmissionRequest request, List<string> warnings)
    {
        var isPod = request.Is("", "pods");
        var template = isPod ? request.Value : request.Kind.Group == "apps" ? request.Value.At("spec", "template") : null;
        if (template.At("spec") is not JsonObject spec || store.Of("", "namespaces").Find("", request.Namespace) is not { } @namespace || (isPod && !request.IsCreate))
        {
            return;
        }

        var enforced = @namespace.Labels.GetValueOrDefault(Label + "enforce", "privileged");
        var found = Violations(spec, enforced);
        if (isPod && found.Count > 0)
        {
            throw ApiRefusal.Forbidden(request.Kind, request.Name, $"violates PodSecurity \"{enforced}:latest\": {string.Join(", ", found)}");
        }

        var warned = @namespace.Labels.GetValueOrDefault(Label + "warn", "privileged");
        if (Violations(spec, warned) is { Count: > 0 } words)
        {
            warnings.Add($"would violate PodSecurity \"{warned}:latest\": {string.Join(", ", words)}");
        }
    }

    private static List<string> Violations(JsonObject spec, string level)
    {
        List<string> found = [];
        var containers = spec.Objects("initContainers").Concat(spec.Objects("containers")).ToList();
        if (level is "baseline" or "restricted")
        {
            Baseline(spec, containers, level, found);
        }

        if (level == "restricted")
        {
            Restricted(spec, containers, found);
        }

        return found;
    }

    private static void Baseline(JsonObject spec, List<JsonObject> containers, string level, List<string> found)
    {
        var shared = ((string[])["hostNetwork", "hostPID", "hostIPC"]).Where(h => spec.Flag(h) == true).ToList();
        if (shared.Count > 0)
        {
            found.Add("host namespaces (" + string.Join(", ", shared.Select(h => h + "=true")) + ")");
        }

        Each(containers, c => c.Flag("securityContext", "privileged") == true, "privileged", "must not set securityContext.privileged=true", found);
        if (level == "baseline")
        {
            Each(containers, c => c.Texts("securityContext", "capabilities", "add").Any(a => !BaselineCapabilities.Contains(a)), "non-default capabilities",
                c => "must not include " + Quote(c.Texts("securityContext", "capabilities", "add").Where(a => !BaselineCapabilities.Contains(a))) + " in securityContext.capabilities.add", found);
        }

        var paths = spec.Objects("volumes").Where(v => v["hostPath"] is not null).Select(v => v.Text("name")!).ToList();
        if (paths.Count > 0)
        {
            found.Add($"hostPath volumes (volume{(paths.Count > 1 ? "s" : "")} {Quote(paths)})");
        }

        Each(containers, c => c.Objects("ports").Any(p => p.Number("hostPort") is > 0), "hostPort", "uses hostPort", found);
        var sysctls = spec.Objects("securityContext", "sysctls").Select(s => s.Text("name")!).Where(s => !BaselineSysctls.Contains(s)).ToList();
        if (sysctls.Count > 0)
        {
            found.Add($"forbidden sysctls ({string.Join(", ", sysctls)})");
        }

        if (level == "baseline" && (spec.Text("securityContext", "seccompProfile", "type") == "Unconfined" || containers.Exists(c => c.Text("securityContext", "seccompProfile", "type") == "Unconfined")))
        {
            found.Add("seccompProfile (pod or containers must not set securityContext.seccompProfile.type to \"Unconfined\")");
        }
    }

    private static void Restricted(JsonObject spec, List<JsonObject> containers, List<string> found)
    {
        var pod = spec.At("securityContext");
        Each(containers, c => c.Flag("securityContext", "allowPrivilegeEscalation") != false, "allowPrivilegeEscalation != false", "must set securityContext.allowPrivilegeEscalation=false", found);
        Each(containers, c => !c.Texts("securityContext", "capabilities", "drop").Contains("ALL"), "unrestricted capabilities", "must set securityContext.capabilities.drop=[\"ALL\"]", found);
        Each(containers, c => c.Texts("securityContext", "capabilities", "add").Any(a => a != "NET_BIND_SERVICE"), "unrestricted capabilities",
            c => "must not include " + Quote(c.Texts("securityContext", "capabilities", "add").Where(a => a != "NET_BIND_SERVICE")) + " in securityContext.capabilities.add", found);
        var volumes = spec.Objects("volumes").Where(v => v.Any(f => !RestrictedVolumes.Contains(f.Key))).Select(v => v.Text("name")!).ToList();
        if (volumes.Count > 0)
        {
            found.Add($"restricted volume types (volume{(volumes.Count > 1 ? "s" : "")} {Quote(volumes)} uses restricted volume type)");
        }

        Each(containers, c => (c.Flag("securityContext", "runAsNonRoot") ?? pod.Flag("runAsNonRoot")) != true, "runAsNonRoot != true", "must set securityContext.runAsNonRoot=true", found, "pod or ");
        Each(containers, c => (c.Number("securityContext", "runAsUser") ?? pod.Number("runAsUser")) == 0, "runAsUser=0", "must not set runAsUser=0", found);
        Each(containers, c => (c.Text("securityContext", "seccompProfile", "type") ?? pod.Text("seccompProfile", "type")) is not ("RuntimeDefault" or "Localhost"), "seccompProfile",
            "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"", found, "pod or ");
    }

    private static void Each(List<JsonObject> containers, Func<JsonObject, bool> breaks, string rule, string must, List<string> found, string pod = "") =>
        Each(containers, breaks, rule, _ => must, found, pod);

    private static void Each(List<JsonObject> containers, Func<JsonObject, bool> breaks, string rule, Func<JsonObject, string> must, List<string> found, string pod = "")
    {
        var bad = containers.Where(breaks).ToList();
        if (bad.Count > 0)
        {
            found.Add($"{rule} ({pod}container{(bad.Count > 1 ? "s" : "")} {Quote(bad.Select(c => c.Text("name")!))} {must(bad[0])})");
        }
    }

    private static string Quote(IEnumerable<string> words) => string.Join(", ", words.Select(w => "\"" + w + "\""));
}
