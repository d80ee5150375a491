using System.Diagnostics;

namespace LabOrchestrator.EndToEnd;

/// <summary>Asks Docker Engine what is there, by its own client.</summary>
internal static class Engine
{
    /// <summary>Containers, networks and volumes of an installation that belong to instances, and the containers of tasks.</summary>
    private static async Task<string[]> ObjectsOfAsync(string installation)
    {
        string[] ours = ["--filter", $"label=lab-orchestrator.installation={installation}"];
        string[] filter = [.. ours, "--filter", "label=lab-orchestrator.instance"];
        return
        [
            .. await ListAsync(["ps", "-a", "--format", "container {{.Names}}", .. filter]),
            .. await ListAsync(["ps", "-a", "--format", "task {{.Names}}", .. ours, "--filter", "label=lab-orchestrator.role=task"]),
            .. await ListAsync(["network", "ls", "--format", "network {{.Name}}", .. filter]),
            .. await ListAsync(["volume", "ls", "--format", "volume {{.Name}}", .. filter]),
        ];
    }

    /// <summary>Waits until nothing of an installation's instances and tasks is left.</summary>
    public static async Task HoldsNothingOfAsync(string installation)
    {
        string[] left = [];
        await Wait.UntilAsync(
            async () => (left = await ObjectsOfAsync(installation)).Length == 0,
            TimeSpan.FromSeconds(60),
            () => $"The engine still holds: {string.Join(", ", left)}");
    }

    /// <summary>Removes what an installation keeps between labs, and what a failed test left of it.</summary>
    public static async Task ForgetAsync(string installation)
    {
        string[] filter = ["--filter", $"label=lab-orchestrator.installation={installation}", "--quiet"];
        foreach (var (list, remove) in new (string[], string[])[] { (["ps", "-a"], ["rm", "-f", "-v"]), (["network", "ls"], ["network", "rm"]), (["volume", "ls"], ["volume", "rm"]) })
        {
            if (await ListAsync([.. list, .. filter]) is { Length: > 0 } found)
            {
                await ListAsync([.. remove, .. found]);
            }
        }
    }

    private static async Task<string[]> ListAsync(params string[] arguments)
    {
        using var docker = Process.Start(new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true })!;
        var output = await docker.StandardOutput.ReadToEndAsync();
        await docker.WaitForExitAsync();
        docker.ExitCode.ShouldBe(0);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
