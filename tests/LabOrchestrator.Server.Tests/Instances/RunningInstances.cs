using System.Net;
using System.Text.Json;

namespace LabOrchestrator.Server.Tests.Instances;

/// <summary>Starts labs, and waits for what becomes of them.</summary>
internal static class RunningInstances
{
    /// <summary>Starts a lab and returns its instance's address.</summary>
    public static async Task<string> StartAsync(this TestUser user, long labId)
    {
        using var started = await user.Client.PostAsJsonAsync("/api/v1/instances", new { labId });
        started.StatusCode.ShouldBe(HttpStatusCode.Accepted, await started.Content.ReadAsStringAsync());
        return started.Headers.Location!.ToString();
    }

    /// <summary>Waits until an instance is in a phase.</summary>
    public static Task<JsonElement> WaitAsync(this HttpClient client, string address, string phase) =>
        client.WaitForAsync(address, i => i.GetProperty("phase").GetString() == phase);

    /// <summary>Waits until an instance looks as wanted, at most 20 s.</summary>
    public static async Task<JsonElement> WaitForAsync(this HttpClient client, string address, Func<JsonElement, bool> wanted)
    {
        for (var attempt = 0; ; attempt++)
        {
            var instance = await client.GetAsync(address).JsonAsync();
            if (wanted(instance))
            {
                return instance;
            }

            attempt.ShouldBeLessThan(400, instance.ToString());
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
