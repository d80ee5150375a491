using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Streams;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>Commands in VMs: KubeVirt's probe program in the launcher hands them to the guest's agent.</summary>
internal static class GuestProbe
{
    private const string Program = "/usr/bin/virt-probe";
    private const string Failed = "Failed executing the command";
    private const string NotConnected = "Failed to connect cmd client";
    private const string TimedOut = "Timed out waiting for guest pid";
    private const int MostReason = 500;

    /// <summary>What to run in the launcher.</summary>
    /// <param name="guest">The VM.</param>
    /// <param name="command">The program in the guest, and its arguments.</param>
    /// <param name="seconds">How long it may take. KubeVirt looks at once and then ten times in it whether the command has ended.</param>
    /// <exception cref="ConsoleUnavailableException">No agent in the guest would hear it.</exception>
    public static IReadOnlyList<string> Command(VirtualMachineInstance guest, IReadOnlyList<string> command, int seconds) =>
        GuestReading.HasAgent(guest)
            ?
            [
                Program, "--command", InJson(command[0]), "--domainName", $"{guest.Namespace}_{guest.Name}",
                "--timeoutSeconds", seconds.ToString(CultureInfo.InvariantCulture), "--", .. command.Skip(1).Select(InJson),
            ]
            : throw new ConsoleUnavailableException(
                $"No guest agent answers in \"{guest.Name}\"; commands cannot be run in it. Install qemu-guest-agent in its image, or wait until it has booted.");

    /// <summary>What the command said, of what the probe said. Of a command's standard error KubeVirt tells nothing.</summary>
    /// <param name="machine">Name of the VM.</param>
    /// <param name="said">What the probe said.</param>
    /// <param name="seconds">How long the command was given.</param>
    /// <exception cref="ConsoleUnavailableException">The agent did not run it, or not to its end.</exception>
    public static CommandResult Result(string machine, ExecResult said, int seconds)
    {
        var errors = Encoding.UTF8.GetString(said.Errors);
        if (errors.Contains(Failed, StringComparison.Ordinal) || errors.Contains(NotConnected, StringComparison.Ordinal))
        {
            throw new ConsoleUnavailableException(errors.Contains(TimedOut, StringComparison.Ordinal)
                ? string.Create(CultureInfo.InvariantCulture, $"The command in \"{machine}\" had not ended after {seconds} s, and what it said is lost. ")
                    + "Let it go on in the background of the machine, or raise Kubernetes__GuestCommandSeconds."
                : $"The guest agent of \"{machine}\" did not run the command: {errors[..Math.Min(errors.Length, MostReason)]}");
        }

        // The probe ends what was said with a newline of its own.
        var output = said.Output.AsSpan();
        return new CommandResult(said.ExitCode, Encoding.UTF8.GetString(!said.Truncated && output.EndsWith("\n"u8) ? output[..^1] : output));
    }

    // KubeVirt puts the words between quotes as they are, and sends the whole to the agent as JSON.
    private static string InJson(string word) => JsonEncodedText.Encode(word, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
}
