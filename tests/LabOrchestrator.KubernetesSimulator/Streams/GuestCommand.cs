using System.Text.Json;
using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>What KubeVirt's probe makes of its words: a command of a guest's agent, which is a process of this machine here.</summary>
internal static class GuestCommand
{
    private const string Panic =
        """
        panic() { printf '{"level":"fatal","msg":"Failed executing the command","reason":"%s"}\npanic: Failed executing the command\n' "$1" >&2; exit 2; }

        """;

    // The agent's answer has standard error too, which KubeVirt drops; what was said it ends with a newline. A program that is not there is no command
    // with an exit code, and neither is one that takes too long.
    private const string Run =
        """
        program=$1; seconds=$2; shift 2
        command -v "$program" >/dev/null || panic "Guest agent command failed, error was 'Failed to execute child process'"
        said=$(mktemp)
        timeout -k 1 "$seconds" "$program" "$@" >"$said" 2>/dev/null </dev/null
        code=$?
        if [ "$code" = 124 ]; then rm "$said"; panic "Timed out waiting for guest pid [1] for command [$program] to exit"; fi
        if [ -s "$said" ]; then cat "$said"; echo; fi
        rm "$said"
        exit "$code"
        """;

    /// <summary>The process that stands for the probe.</summary>
    public static string[] Of(string[] probe)
    {
        var rest = Array.IndexOf(probe, "--");
        string Option(string name, string otherwise) =>
            Array.IndexOf(probe, name, 0, rest < 0 ? probe.Length : rest) is var at && at > 0 && at + 1 < probe.Length ? probe[at + 1] : otherwise;
        var words = string.Join(", ", rest < 0 ? [] : probe[(rest + 1)..].Select(a => $"\"{a}\""));

        // As they are, between quotes.
        var request = $$"""{"execute": "guest-exec", "arguments": { "path": "{{Option("--command", "")}}", "arg": [ {{words}} ], "capture-output":true } }""";
        try
        {
            var asked = JsonNode.Parse(request)!["arguments"]!;
            return ["sh", "-c", Panic + Run, "virt-probe", (string)asked["path"]!, Option("--timeoutSeconds", "1"), .. asked.Texts("arg")];
        }
        catch (JsonException)
        {
            return ["sh", "-c", Panic + "panic \"$1\"", "virt-probe", "internal error: cannot parse json"];
        }
    }
}
