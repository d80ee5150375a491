using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Administration;

/// <summary>A text in objects, and what stands in its place in a copy; <c>{n}</c> is the copy's number.</summary>
public sealed record Replacement(string Text, string With);

/// <summary>Many namespaces at once, each as one that is there, for measuring with many.</summary>
/// <param name="Namespace">The one that is copied with all that is in it, status included.</param>
/// <param name="First">Number of the first copy.</param>
/// <param name="Count">How many.</param>
/// <param name="Replace">What differs; one of them must change the namespace's name.</param>
public sealed record Copies(string Namespace, int First, int Count, IReadOnlyList<Replacement> Replace)
{
    internal int Make(ObjectStore store)
    {
        var originals = store.Collections.SelectMany(c => c.In(Namespace)).Where(o => o.Kind.Plural != "events").ToList();
        originals.Insert(0, store.Of("", "namespaces").Find("", Namespace) ?? throw new ArgumentException($"There is no namespace \"{Namespace}\"."));
        if (!Replace.Any(r => Namespace.Contains(r.Text, StringComparison.Ordinal) && r.With.Contains("{n}", StringComparison.Ordinal)))
        {
            throw new ArgumentException("No replacement gives each copy's namespace a name of its own: replace a part of it with a text that has {n}.");
        }

        var texts = originals.Select(o => System.Text.Encoding.UTF8.GetString(o.Bytes)).ToList();
        for (var number = First; number < First + Count; number++)
        {
            var n = number.ToString(CultureInfo.InvariantCulture);
            var replacements = Replace.Select(r => (r.Text, With: r.With.Replace("{n}", n, StringComparison.Ordinal)))
                .Concat(originals.Select(o => (Text: o.Uid, With: Guid.NewGuid().ToString()))).ToList();
            var copies = texts.Select(text => (JsonObject)JsonNode.Parse(replacements.Aggregate(text, (t, r) => t.Replace(r.Text, r.With, StringComparison.Ordinal)))!).ToList();

            // All of a namespace at once, before a controller furnishes it.
            store.Still(() => originals.Zip(copies, (original, copy) => store.Add(original.Kind, copy)).Count());
        }

        return Count * originals.Count;
    }
}
