using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Starts;

/// <summary>A lab as the product starts it: POST, then consoles by tickets through the gateway, as the page does it.</summary>
internal static class ProductStart
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(25);

    /// <summary>Starts a lab and waits for its signs.</summary>
    /// <returns>The instance, and the seconds until each sign.</returns>
    public static async Task<(long Instance, double[] Seconds)> RunAsync(
        ServerUnderTest server, long labId, BenchLab lab, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var instance = (await server.StartLabAsync(labId, cancellationToken)).GetProperty("id").GetInt64();
        var running = lab.Signs.Select(s => s.Machine).Distinct().ToDictionary(m => m, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var signs = lab.Signs.Select(async sign =>
        {
            await running[sign.Machine].Task;
            await WaitForAsync(server, instance, sign, cancellationToken);
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }).ToList();
        while (running.Values.Any(r => !r.Task.IsCompleted))
        {
            var answer = await server.Http.GetFromJsonAsync<JsonElement>($"/api/v1/instances/{instance}", cancellationToken);
            if (answer.GetProperty("phase").GetString() == "Failed")
            {
                throw new InvalidOperationException($"{lab.Name} failed: {answer.GetProperty("reason")}");
            }

            foreach (var machine in answer.GetProperty("machines").EnumerateArray().Where(m => m.GetProperty("phase").GetString() == "Running"))
            {
                running[machine.GetProperty("name").GetString()!].TrySetResult();
            }

            await Task.Delay(BetweenLooks, TimeProvider.System, cancellationToken);
        }

        return (instance, await Task.WhenAll(signs));
    }

    /// <summary>Stops an instance and waits until nothing is left of it.</summary>
    public static async Task StopAsync(ServerUnderTest server, long instance, CancellationToken cancellationToken)
    {
        using var answer = await server.Http.DeleteAsync(new Uri($"/api/v1/instances/{instance}", UriKind.Relative), cancellationToken);
        answer.EnsureSuccessStatusCode();
        while ((await server.InstancesAsync("", cancellationToken)).Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
        }
    }

    private static async Task WaitForAsync(ServerUnderTest server, long instance, Sign sign, CancellationToken cancellationToken)
    {
        var console = sign.Kind == SignKind.Screen ? "graphical" : "terminal";
        using var answer = await server.Http.PostAsJsonAsync(
            $"/api/v1/instances/{instance}/machines/{sign.Machine}/consoles/{console}/tickets", new { }, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var address = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("address").GetString();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", $"http://127.0.0.1:{server.Port}");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Port}{address}"), cancellationToken);
        if (sign.Kind == SignKind.Screen)
        {
            await using var stream = WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: false);
            await FirstSigns.ServerInitAsync(stream, cancellationToken);
        }
        else
        {
            await FirstSigns.PromptAsync(socket, sign.Prompt, cancellationToken);
        }

        socket.Abort();
    }
}
