using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>LimitRange fills in and bounds what containers ask for; ResourceQuota refuses what is too much.</summary>
internal sealed class Quotas(ObjectStore store) : IAdmissionRule
{
    public void Admit(AdmissionRequest request, List<string> warnings)
    {
        if (!request.Kind.Namespaced || request.Kind.Plural == "events")
        {
            return;
        }

        if (request.Is("", "pods") && request.IsCreate)
        {
            foreach (var range in store.Of("", "limitranges").In(request.Namespace))
            {
                Bound(request, range.Read());
            }
        }

        foreach (var quota in store.Of("", "resourcequotas").In(request.Namespace))
        {
            if (quota.Read().At("spec", "hard") is JsonObject hard)
            {
                Check(request, quota.Name, hard);
            }
        }
    }

    private void Check(AdmissionRequest request, string quota, JsonObject hard)
    {
        List<(string Key, decimal Wanted, decimal Used, decimal Limit)> exceeded = [];
        var silent = new List<string>();
        foreach (var (key, limit) in hard)
        {
            if (request.Is("", "pods") && request.IsCreate && Usage.NeedsStatement(key) && Usage.Silent(request.Value, key) is { Count: > 0 } those)
            {
                silent.Add($"{key} for: {string.Join(",", those)}");
            }

            var wanted = Usage.Of(request.Kind, request.Value, key);
            var before = request.Before is { } old ? Usage.Of(request.Kind, old, key) : 0;
            if (wanted <= before)
            {
                continue;
            }

            var used = Usage.In(store, request.Namespace, key, null);
            if (used + wanted - before > Quantity.Parse(limit.Text()))
            {
                exceeded.Add((key, wanted - before, used, Quantity.Parse(limit.Text())));
            }
        }

        if (silent.Count > 0)
        {
            throw ApiRefusal.Forbidden(request.Kind, request.Name, $"failed quota: {quota}: must specify {string.Join("; ", silent)}");
        }

        if (exceeded.Count > 0)
        {
            string List(Func<(string Key, decimal Wanted, decimal Used, decimal Limit), decimal> of) => string.Join(",", exceeded.Select(e => $"{e.Key}={Quantity.Show(of(e))}"));
            throw ApiRefusal.Forbidden(request.Kind, request.Name,
                $"exceeded quota: {quota}, requested: {List(e => e.Wanted)}, used: {List(e => e.Used)}, limited: {List(e => e.Limit)}");
        }
    }

    private static void Bound(AdmissionRequest request, JsonObject range)
    {
        foreach (var limit in range.Objects("spec", "limits").Where(l => l.Text("type") == "Container"))
        {
            foreach (var container in request.Value.Objects("spec", "containers"))
            {
                var resources = container.Part("resources");
                Fill(resources.Part("limits"), limit["default"]);
                Fill(resources.Part("requests"), limit["defaultRequest"] ?? limit["default"]);
                foreach (var (name, most) in limit["max"] as JsonObject ?? [])
                {
                    if (Quantity.Parse(resources.Text("limits", name)) is var stated && stated > Quantity.Parse(most.Text()))
                    {
                        throw ApiRefusal.Forbidden(request.Kind, request.Name, $"maximum {name} usage per Container is {most.Text()}, but limit is {resources.Text("limits", name)}");
                    }
                }

                if (resources.Text("limits", "memory") is { } top && Quantity.Parse(resources.Text("requests", "memory")) > Quantity.Parse(top))
                {
                    throw ApiRefusal.Invalid(request.Kind, request.Name, [new StatusCause(
                        "FieldValueInvalid", $"Invalid value: \"{resources.Text("requests", "memory")}\": must be less than or equal to memory limit of {top}", "spec.containers[0].resources.requests")]);
                }
            }
        }
    }

    private static void Fill(JsonObject resources, JsonNode? defaults)
    {
        foreach (var (name, value) in defaults as JsonObject ?? [])
        {
            resources[name] ??= value!.DeepClone();
        }
    }
}
