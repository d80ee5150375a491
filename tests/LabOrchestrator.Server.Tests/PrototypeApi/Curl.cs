using System.Diagnostics;
using System.Text.Json;

namespace LabOrchestrator.Server.Tests.PrototypeApi;

/// <summary>Types command lines with curl, as the documentation of 2021 shows them.</summary>
internal static class Curl
{
    /// <summary>Runs a listing against a server and returns the JSON that it prints.</summary>
    public static async Task<JsonElement> TypeAsync(this ServerFixture server, string listing)
    {
        var command = listing.Replace("localhost:5000", $"{server.Address.Host}:{server.Address.Port}", StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = shell.StandardError.ReadToEndAsync();
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        shell.ExitCode.ShouldBe(0, $"{command}\n{await error}");
        try
        {
            return JsonDocument.Parse(output).RootElement;
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{command}\nprinted: {output}", e);
        }
    }
}
