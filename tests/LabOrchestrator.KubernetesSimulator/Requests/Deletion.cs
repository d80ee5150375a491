using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Deleting: at once, after a grace period, or when the last finalizer is gone.</summary>
internal sealed class Deletion(ObjectStore store, TimeProvider time)
{
    /// <summary>An object being deleted that nothing holds any more.</summary>
    public static bool IsFinished(ResourceKind kind, JsonObject value) =>
        value.Metadata()["deletionTimestamp"] is not null
        && value.Metadata()["finalizers"] is not JsonArray { Count: > 0 }
        && (kind is { Group: "", Plural: "namespaces" } ? value.At("spec", "finalizers") is not JsonArray { Count: > 0 } : (value.Metadata().Number("deletionGracePeriodSeconds") ?? 0) == 0);

    /// <summary>The object as it is now, and whether it is gone.</summary>
    public (StoredObject Object, bool IsGone) Delete(ResourceKind kind, string? @namespace, string name, DeleteOptions options)
    {
        while (true)
        {
            var before = store.Of(kind).Find(@namespace ?? "", name) ?? throw ApiRefusal.NotFound(kind, name);
            Expect(before, options);
            var value = before.Read();
            var metadata = value.Metadata();
            var grace = Grace(kind, value, options);
            AddFinalizer(metadata, options.Propagation);
            if (metadata["deletionTimestamp"] is null || grace < (metadata.Number("deletionGracePeriodSeconds") ?? 0))
            {
                metadata["deletionTimestamp"] ??= ObjectJson.Time(time.GetUtcNow() + TimeSpan.FromSeconds(grace));
                metadata["deletionGracePeriodSeconds"] = grace;
                if (kind is { Group: "", Plural: "namespaces" })
                {
                    value.Part("status")["phase"] = "Terminating";
                }
            }
            else if (!IsFinished(kind, value))
            {
                return (before, false);
            }

            if (options.DryRun)
            {
                return (before, false);
            }

            var isGone = IsFinished(kind, value);
            if ((isGone ? store.Remove(before) : store.Replace(before, value)) is { } last)
            {
                return (last, isGone);
            }
        }
    }

    private static void Expect(StoredObject one, DeleteOptions options)
    {
        if (options.Uid is { } uid && uid != one.Uid)
        {
            throw ApiRefusal.Conflict(one.Kind, one.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {one.Uid}");
        }

        if (options.ResourceVersion is { } version && version != one.Version.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            throw ApiRefusal.Conflict(one.Kind, one.Name, $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {one.Version}");
        }
    }

    /// <summary>Only pods that reached a node need time.</summary>
    private static int Grace(ResourceKind kind, JsonObject value, DeleteOptions options) =>
        kind is { Group: "", Plural: "pods" } && value.Text("spec", "nodeName") is not null && value.Text("status", "phase") is not ("Succeeded" or "Failed")
            ? options.GracePeriodSeconds ?? (int?)value.Number("spec", "terminationGracePeriodSeconds") ?? 30
            : 0;

    private static void AddFinalizer(JsonObject metadata, string propagation)
    {
        var finalizer = propagation switch { "Foreground" => "foregroundDeletion", "Orphan" => "orphan", _ => null };
        if (finalizer is not null && !metadata.Texts("finalizers").Contains(finalizer))
        {
            metadata["finalizers"] = ObjectJson.List([.. metadata.Texts("finalizers"), finalizer]);
        }
    }
}
