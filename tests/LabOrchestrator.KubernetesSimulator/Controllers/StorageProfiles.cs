using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>CDI's StorageProfiles: what it knows of provisioners, by which it completes what a DataVolume's <c>storage</c> leaves out.</summary>
internal static class StorageProfiles
{
    // In CDI's order; the first of a provisioner is its choice. Most are unknown, such as the simulator's own and rancher.io/local-path.
    private static readonly Dictionary<string, (string AccessMode, string VolumeMode)[]> Known = new(StringComparer.Ordinal)
    {
        ["k8s.io/minikube-hostpath"] = [("ReadWriteOnce", "Filesystem")],
        ["nfs.csi.k8s.io"] = [("ReadWriteMany", "Filesystem")],
        ["rbd.csi.ceph.com"] = [("ReadWriteMany", "Block"), ("ReadWriteOnce", "Block"), ("ReadWriteOnce", "Filesystem")],
    };

    /// <summary>Completes a claim's spec; says what is wrong where that cannot be done, as CDI does.</summary>
    public static string? Complete(ClusterState cluster, JsonObject spec)
    {
        var name = spec.Text("storageClassName") ?? ClaimController.DefaultClass(cluster);
        var profile = name is null ? null : cluster.Find("storage.k8s.io", "storageclasses", "", name);
        var known = Known.GetValueOrDefault(profile?.Read().Text("provisioner") ?? "", []);
        var modes = spec.Texts("accessModes").ToList();
        if (modes.Count == 0)
        {
            var volumeMode = spec.Text("volumeMode");
            var fitting = known.Where(k => volumeMode is null || k.VolumeMode == volumeMode).Take(1).ToList();
            if (fitting.Count == 0)
            {
                return profile is null ? "DataVolume.storage spec is missing accessMode and no storageClass to choose profile"
                    : $"no {(volumeMode is null ? "" : "matching ")}accessMode specified in StorageProfile {name}";
            }

            spec["accessModes"] = ObjectJson.List([fitting[0].AccessMode]);
            modes.Add(fitting[0].AccessMode);
        }

        // None of a provisioner that is not known: a file system.
        if (spec["volumeMode"] is null && known.FirstOrDefault(k => modes.Contains(k.AccessMode)).VolumeMode is { } suggested)
        {
            spec["volumeMode"] = suggested;
        }

        return null;
    }
}
