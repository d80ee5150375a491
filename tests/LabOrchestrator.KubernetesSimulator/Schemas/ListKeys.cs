using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Schemas;

/// <summary>The keys of items in lists that are maps.</summary>
internal static class ListKeys
{
    /// <summary>The item's key as JSON, defaults included: <c>{"containerPort":80,"protocol":"TCP"}</c>.</summary>
    public static string Of(JsonObject item, Schema list)
    {
        var key = new JsonObject();
        foreach (var name in list.MapKeys.Order(StringComparer.Ordinal))
        {
            if ((item[name] ?? list.Items?.Field(name)?.Default) is { } value)
            {
                key[name] = value.DeepClone();
            }
        }

        return key.ToJsonString(ObjectJson.Plain);
    }
}
