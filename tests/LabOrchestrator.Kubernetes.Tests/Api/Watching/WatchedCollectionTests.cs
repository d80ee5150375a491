using System.Collections.Concurrent;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Api.Watching;
using LabOrchestrator.Runtimes;
using Microsoft.AspNetCore.Http;

namespace LabOrchestrator.Kubernetes.Tests.Api.Watching;

public sealed class WatchedCollectionTests
{
    private readonly ConcurrentQueue<string> _changes = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_listed_and_what_happens_later_is_seen_in_order()
    {
        var more = new TaskCompletionSource();
        await using var server = await ServeAsync(
            (_, c) => c.JsonAsync(ListOf("5", Pod("n", "a", "1"), Pod("m", "b", "2"))),
            async (_, c) =>
            {
                await LineAsync(c, "ADDED", Pod("n", "c", "6"));
                await LineAsync(c, "MODIFIED", Pod("n", "a", "7", "Running"));
                await c.Response.WriteAsync("""{"type":"BOOKMARK","obj""");
                await c.Response.Body.FlushAsync();
                await c.Response.WriteAsync("""ect":{"kind":"Pod","metadata":{"resourceVersion":"9"}}}""" + "\n\n");
                await more.Task;
                await LineAsync(c, "DELETED", Pod("n", "c", "10"));
                await HoldAsync(c);
            });
        using var client = server.Client();
        await using var pods = Watch(client, new ObjectScope { LabelSelector = "x=y" });
        await pods.Synced.WaitAsync(Now);

        await Eventually.HoldsAsync(() => _changes.Count == 4);
        pods.In("n").Select(p => p.Name).Order().ShouldBe(["a", "c"]);
        pods.TryGet("n", "a", out var found).ShouldBeTrue();
        found!.Status.Phase.ShouldBe("Running");
        pods.Count.ShouldBe(3);
        more.SetResult();
        await Eventually.HoldsAsync(() => _changes.Count == 5);

        _changes.ShouldBe(["+ n/a", "+ m/b", "+ n/c", "~ n/a", "- n/c"]);
        pods.State.ShouldSatisfyAllConditions(s => s.IsSynced.ShouldBeTrue(), s => s.Failure.ShouldBeNull());
        var watch = server.Requests.Last();
        watch.Query.ShouldStartWith("?watch=true&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=300&labelSelector=x%3Dy");
    }

    [Fact]
    public async Task A_watch_that_ends_or_breaks_goes_on_from_the_last_word_without_another_list()
    {
        await using var server = await ServeAsync(
            (_, c) => c.JsonAsync(ListOf("5", Pod("n", "a", "1"))),
            async (time, c) =>
            {
                switch (time)
                {
                    case 1:
                        await LineAsync(c, "BOOKMARK", Pod("", "", "8"));
                        return;
                    case 2:
                        await LineAsync(c, "ADDED", Pod("n", "b", "9"));
                        await Eventually.HoldsAsync(() => _changes.Count == 2);
                        c.Abort();
                        return;
                    default:
                        await HoldAsync(c);
                        return;
                }
            });
        var time = new Conformance.ManualTimeProvider();
        using var client = server.Client(time, Unlimited);
        await using var pods = Watch(client);

        await TickAsync(time, () => server.Requests.Count == 4);

        server.Requests.Select(Brief).ShouldBe(["list ", "watch 5", "watch 8", "watch 9"]);
        _changes.ShouldBe(["+ n/a", "+ n/b"]);
    }

    [Fact]
    public async Task Gone_in_the_middle_lists_at_least_as_fresh_and_tells_the_differences()
    {
        await using var server = await ServeAsync(
            (time, c) => time == 1
                ? c.JsonAsync(ListOf("5", Pod("n", "a", "1"), Pod("n", "b", "2"), Pod("n", "same", "3")))
                : c.JsonAsync(ListOf("20", Pod("n", "a", "11"), Pod("n", "new", "12"), Pod("n", "same", "3"))),
            async (time, c) =>
            {
                if (time == 1)
                {
                    await LineAsync(c, "MODIFIED", Pod("n", "b", "7"));
                    await c.Response.WriteAsync("""{"type":"ERROR","object":{"kind":"Status","status":"Failure","message":"too old resource version: 7 (19)","reason":"Expired","code":410}}""" + "\n");
                    return;
                }

                await HoldAsync(c);
            });
        var time = new Conformance.ManualTimeProvider();
        using var client = server.Client(time, Unlimited);
        await using var pods = Watch(client);

        await TickAsync(time, () => server.Requests.Count == 4);

        server.Requests.Select(Brief).ShouldBe(["list ", "watch 5", "list 7", "watch 20"]);
        _changes.ShouldBe(["+ n/a", "+ n/b", "+ n/same", "~ n/b", "- n/b", "~ n/a", "+ n/new"]);
    }

    [Fact]
    public async Task When_even_the_list_is_gone_or_the_server_is_behind_the_newest_is_taken()
    {
        await using var server = await ServeAsync(
            (time, c) => time switch
            {
                2 => c.StatusAsync(504, "Timeout", "Too large resource version: 5, current: 2", """{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]}"""),
                _ => c.JsonAsync(ListOf(time == 1 ? "5" : "2", Pod("n", "a", "1"))),
            },
            (time, c) => time == 1 ? c.StatusAsync(410, "Gone", "gone") : HoldAsync(c));
        var time = new Conformance.ManualTimeProvider();
        using var client = server.Client(time, Unlimited);
        await using var pods = Watch(client);

        await TickAsync(time, () => server.Requests.Count == 5);

        server.Requests.Select(Brief).ShouldBe(["list ", "watch 5", "list 5", "list ", "watch 2"]);
    }

    [Fact]
    public async Task A_server_that_is_away_is_tried_ever_more_seldom_and_what_was_seen_stays()
    {
        var away = false;
        await using var server = await ServeAsync(
            (_, c) => Volatile.Read(ref away) ? c.StatusAsync(503, "ServiceUnavailable", "away") : c.JsonAsync(ListOf("5", Pod("n", "a", "1"))),
            (time, c) =>
            {
                if (time == 1)
                {
                    Volatile.Write(ref away, true);
                    return LineAsync(c, "BOOKMARK", Pod("", "", "8"));
                }

                return Volatile.Read(ref away) ? c.StatusAsync(503, "ServiceUnavailable", "away") : HoldAsync(c);
            });
        var time = new Conformance.ManualTimeProvider();
        using var client = server.Client(time, Unlimited with { RequestTimeout = TimeSpan.FromDays(1) });
        await using var pods = Watch(client);
        await Eventually.HoldsAsync(() => pods.State.Failure is not null);

        // Waits of 0.8 s, doubled up to 30 s: eight of them take 110 s and more.
        var (before, passed) = (server.Requests.Count, TimeSpan.Zero);
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            passed += TimeSpan.FromSeconds(2);
            return server.Requests.Count - before >= 8;
        });
        passed.ShouldBeGreaterThan(TimeSpan.FromSeconds(100));
        pods.In("n").Count.ShouldBe(1);
        pods.State.Failure.ShouldBeOfType<KubernetesException>().Message.ShouldContain("away");
        Volatile.Write(ref away, false);
        await TickAsync(time, () => pods.State.Failure is null);
    }

    [Fact]
    public async Task Watches_that_end_at_once_and_say_nothing_do_not_spin()
    {
        await using var server = await ServeAsync((_, c) => c.JsonAsync(ListOf("5")), (_, c) => c.Response.Body.FlushAsync());
        using var client = server.Client(options: Unlimited);
        await using var pods = Watch(client);
        await pods.Synced.WaitAsync(Now);

        await Task.Delay(TimeSpan.FromSeconds(1.2), TimeProvider.System, Now);

        server.Requests.Count.ShouldBeLessThan(5);
    }

    [Fact]
    public async Task A_kind_is_watched_once_for_all_who_ask()
    {
        await using var server = await ServeAsync((_, c) => c.JsonAsync(ListOf("5")), (_, c) => HoldAsync(c));
        using var client = server.Client();
        await using var all = new WatchedCollections(client);

        var one = all.Of(Kinds.Pod, new ObjectScope { LabelSelector = "a=b" });
        all.Of(Kinds.Pod, new ObjectScope { LabelSelector = "a=b" }).ShouldBeSameAs(one);
        all.Of(Kinds.Pod, ObjectScope.Everything).ShouldNotBeSameAs(one);
        await one.Synced.WaitAsync(Now);
    }

    [Fact]
    public async Task A_slow_list_is_given_up_and_tried_again()
    {
        await using var server = await ServeAsync(
            (time, c) => time == 1 ? HoldAsync(c) : c.JsonAsync(ListOf("5", Pod("n", "a", "1"))), (_, c) => HoldAsync(c));
        using var client = server.Client(options: new KubernetesClientOptions { RequestTimeout = TimeSpan.FromSeconds(1) });
        await using var pods = Watch(client);
        var failed = new TaskCompletionSource();
        pods.OnTurn(() =>
        {
            if (pods.State.Failure is RuntimeUnavailableException)
            {
                failed.TrySetResult();
            }
        });

        await failed.Task.WaitAsync(Now);
        await pods.Synced.WaitAsync(Now);
        pods.State.Failure.ShouldBeNull();
    }

    private static KubernetesClientOptions Unlimited => new() { RequestsPerSecond = 0 };

    private WatchedCollection<Pod> Watch(KubernetesClient client, ObjectScope? scope = null)
    {
        var pods = new WatchedCollection<Pod>(client, Kinds.Pod, scope ?? ObjectScope.Everything, () => 0);
        pods.Subscribe(change => _changes.Enqueue(
            $"{(change.Before is null ? '+' : change.After is null ? '-' : '~')} {change.Object.Namespace}/{change.Object.Name}"));
        pods.Start();
        return pods;
    }

    private static Task<WireServer> ServeAsync(Func<int, HttpContext, Task> list, Func<int, HttpContext, Task> watch)
    {
        var (lists, watches) = (0, 0);
        return WireServer.StartAsync(c => c.Request.Query.ContainsKey("watch") ? watch(Interlocked.Increment(ref watches), c) : list(Interlocked.Increment(ref lists), c));
    }

    private static async Task TickAsync(Conformance.ManualTimeProvider time, Func<bool> condition) =>
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(0.2));
            return condition();
        });

    private static async Task LineAsync(HttpContext context, string type, string json)
    {
        await context.Response.WriteAsync($$"""{"type":"{{type}}","object":{{json}} }""" + "\n");
        await context.Response.Body.FlushAsync();
    }

    private static async Task HoldAsync(HttpContext context)
    {
        if (context.Request.Query.ContainsKey("watch"))
        {
            await context.Response.Body.FlushAsync();
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static string Brief(WireRequest request)
    {
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(request.Query);
        return $"{(query.ContainsKey("watch") ? "watch" : "list")} {(query.TryGetValue("resourceVersion", out var version) ? version.ToString() : "")}";
    }

    private static string ListOf(string version, params string[] items) =>
        $$"""{"kind":"PodList","metadata":{"resourceVersion":"{{version}}"},"items":[{{string.Join(',', items)}}]}""";

    private static string Pod(string @namespace, string name, string version, string phase = "Pending") =>
        $$$"""{"kind":"Pod","metadata":{"namespace":"{{{@namespace}}}","name":"{{{name}}}","resourceVersion":"{{{version}}}"},"status":{"phase":"{{{phase}}}"}}""";
}
