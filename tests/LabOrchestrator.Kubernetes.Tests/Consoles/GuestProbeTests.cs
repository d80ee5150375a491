using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Streams;
using LabOrchestrator.Kubernetes.Consoles;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Consoles;

public sealed class GuestProbeTests
{
    private static readonly VirtualMachineInstance Guest = new()
    {
        Metadata = new ObjectMetadata { Namespace = "lab-1-2", Name = "server" },
        Status = new VirtualMachineInstanceStatus { Conditions = [new Condition { Type = "AgentConnected", Status = "True" }] },
    };

    [Fact]
    public void The_probe_is_told_whose_agent_and_how_long() => GuestProbe.Command(Guest, ["ls", "-l", "/"], 20).ShouldBe(
        ["/usr/bin/virt-probe", "--command", "ls", "--domainName", "lab-1-2_server", "--timeoutSeconds", "20", "--", "-l", "/"]);

    [Fact]
    public void Without_an_agent_there_are_no_commands() => Should.Throw<ConsoleUnavailableException>(
        () => GuestProbe.Command(Guest with { Status = new VirtualMachineInstanceStatus() }, ["true"], 20)).Message.ShouldContain("qemu-guest-agent");

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("grep -q \"on\" /etc/motd")]
    [InlineData("C:\\Windows\\System32")]
    [InlineData("one\ntwo\r\n\tthree\u0001\u001b\u007f")]
    [InlineData("\"],\"capture-output\":false,\"x\":[\"")]
    [InlineData("größer als € \U0001F600")]
    public void Every_word_arrives_as_it_is_through_the_quotes_that_KubeVirt_puts_around_it(string word)
    {
        var command = GuestProbe.Command(Guest, [word, word, "between", word], 20);

        var (path, arguments) = (command[2], command.Skip(8).Select(w => $"\"{w}\""));
        var sent = JsonNode.Parse($$"""{"path": "{{path}}", "arg": [ {{string.Join(", ", arguments)}} ], "capture-output":true }""")!;
        ((string)sent["path"]!).ShouldBe(word);
        sent["arg"]!.AsArray().Select(a => (string)a!).ShouldBe([word, "between", word]);
        ((bool)sent["capture-output"]!).ShouldBeTrue();
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("one\n", "one")]
    [InlineData("one\n\n", "one\n")]
    public void The_newline_that_the_probe_adds_is_not_the_commands(string said, string output) =>
        GuestProbe.Result("server", Said(3, said, ""), 20).ShouldBe(new CommandResult(3, output));

    [Fact]
    public void A_command_that_was_not_run_to_its_end_has_no_exit_code()
    {
        const string late = """{"level":"fatal","msg":"Failed executing the command","reason":"Timed out waiting for guest pid [7] for command [sleep] to exit"}""";
        Should.Throw<ConsoleUnavailableException>(() => GuestProbe.Result("server", Said(2, "", late), 20)).Message
            .ShouldBe("The command in \"server\" had not ended after 20 s, and what it said is lost. Let it go on in the background of the machine, or raise Kubernetes__GuestCommandSeconds.");
        const string unknown = """{"level":"fatal","msg":"Failed executing the command","reason":"Failed to execute child process"}""";
        Should.Throw<ConsoleUnavailableException>(() => GuestProbe.Result("server", Said(2, "", unknown), 20)).Message.ShouldContain("Failed to execute child process");
    }

    private static ExecResult Said(int code, string output, string errors) =>
        new(code, System.Text.Encoding.UTF8.GetBytes(output), System.Text.Encoding.UTF8.GetBytes(errors), false);
}
