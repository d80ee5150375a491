using System.Text.Json.Nodes;

namespace LabOrchestrator.Deploy.Kubernetes;

/// <summary>
/// Containers of a pod's manifest on Docker Engine, with the user, rights, command and volumes that the manifest gives them; each volume is a
/// folder of this machine that everybody may write to, as a kubelet's are.
/// </summary>
internal sealed class PodOnDocker(JsonObject pod, string image, string folder) : IAsyncDisposable
{
    private readonly string _name = $"lab-deploy-test-{Guid.NewGuid().ToString("N")[..8]}";

    /// <summary>Puts a file into a volume.</summary>
    public async Task WriteAsync(string volume, string file, string content)
    {
        await File.WriteAllTextAsync(Path.Combine(FolderOf(volume), file), content);
    }

    /// <summary>Runs an init container to its end.</summary>
    public Task InitAsync(string container)
    {
        var one = pod["spec"]!["initContainers"]!.AsArray().Single(c => (string)c!["name"]! == container)!;
        string[] command = [.. one["command"]!.AsArray().Select(c => (string)c!)];
        return Docker(["run", "--rm", "--network", "none", .. Rights(one), .. Mounts(one), "--entrypoint", command[0], image, .. command[1..]]);
    }

    /// <summary>Starts the machine's container, with its image's own program.</summary>
    public Task StartAsync()
    {
        var one = pod["spec"]!["containers"]![0]!;
        return Docker(["run", "--detach", "--name", _name, "--network", "none", .. Rights(one), .. Mounts(one), image]);
    }

    /// <summary>Runs a script in the machine as its image's user.</summary>
    public Task<CommandResult> InsideAsync(string script) => Command.RunAsync("docker", "exec", _name, "sh", "-c", script);

    public async ValueTask DisposeAsync()
    {
        await Command.RunAsync("docker", "rm", "--force", "--volumes", _name);

        // What is in it is root's.
        await Command.RunAsync("docker", "run", "--rm", "--network", "none", "--user", "0:0", "--volume", $"{folder}:/folder", image, "sh", "-c", "rm -rf /folder/*");
        Directory.Delete(folder, recursive: true);
    }

    private static Task<string> Docker(params string[] arguments) => Command.OutputAsync("docker", arguments);

    private static IEnumerable<string> Rights(JsonNode container)
    {
        var context = container["securityContext"]!;
        if (context["runAsUser"] is { } user)
        {
            yield return $"--user={user}:{context["runAsGroup"]}";
        }

        if (!context["allowPrivilegeEscalation"]!.GetValue<bool>())
        {
            yield return "--security-opt=no-new-privileges";
        }

        yield return "--cap-drop=ALL";
        foreach (var right in context["capabilities"]!["add"]!.AsArray())
        {
            yield return $"--cap-add={right}";
        }
    }

    private IEnumerable<string> Mounts(JsonNode container) => container["volumeMounts"]!.AsArray().Select(m =>
        $"--volume={Path.Combine(FolderOf((string)m!["name"]!), (string?)m["subPath"] ?? "")}:{m["mountPath"]}{((bool?)m["readOnly"] == true ? ":ro" : "")}");

    private string FolderOf(string volume)
    {
        var path = Path.Combine(folder, volume);
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        }

        return path;
    }
}
