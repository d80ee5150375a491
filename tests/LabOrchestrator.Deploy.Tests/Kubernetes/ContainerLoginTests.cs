using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Deploy.Kubernetes;

/// <summary>The logins of a container machine on a cluster, with the containers of its pod on Docker Engine in a kubelet's place.</summary>
[Trait("Category", "Engine")]
public sealed class ContainerLoginTests
{
    private const string Terminal = "lab-orchestrator/terminal:1";

    [Fact]
    public async Task Passwords_are_set_and_can_be_changed_and_accounts_added()
    {
        await Command.OutputAsync(RepositoryDocument.PathOf("images/build"), "terminal");
        await using var pod = new PodOnDocker(Pod(), Terminal, Directory.CreateTempSubdirectory("lab-logins-").FullName);
        await pod.WriteAsync("logins", "logins", "lab:the First one\n");

        await pod.InitAsync("logins");
        await pod.StartAsync();

        await WorksAsync(pod, "echo 'the First one' | su lab -c 'echo let in'", "let in");
        await WorksAsync(pod, "printf 'the First one\\nA-Second-1\\nA-Second-1\\n' | passwd 2>&1", "successfully");
        await WorksAsync(pod, "echo A-Second-1 | su lab -c 'echo let in again'", "let in again");
        (await pod.InsideAsync("echo 'the First one' | su lab -c true")).Status.ShouldNotBe(0);
        await WorksAsync(pod, "sudo useradd --create-home extra 2>/dev/null && id extra", "(extra)");
        (await pod.InsideAsync("echo x >/etc/x")).Status.ShouldNotBe(0, "what an ordinary user may not write stays so");
        (await pod.InsideAsync("cat /logins/logins")).Status.ShouldNotBe(0);
    }

    private static async Task WorksAsync(PodOnDocker pod, string script, string answer)
    {
        var result = await pod.InsideAsync(script);
        result.Status.ShouldBe(0, $"{script}: {result.Output} {result.Error}");
        result.Output.ShouldContain(answer);
    }

    private static System.Text.Json.Nodes.JsonObject Pod()
    {
        var machine = new MachineSpec
        {
            Image = new Image(1, "terminal", Terminal, ImageKind.Container, ""),
            Credentials = [new MachineCredential("box", "lab", "the First one")],
            Definition = new MachineDefinition
            {
                Name = "box",
                Title = "box",
                Image = "terminal",
                Kind = ImageKind.Container,
                MemoryBytes = 64 << 20,
                Privileges = [MachinePrivilege.Sudo],
                Networks = [new NetworkAttachment(LabDefinition.DefaultNetwork)],
            },
        };
        var instance = new InstanceSpec
        {
            InstanceId = 1,
            OwnerId = 1,
            NamespacePrefix = "logins",
            Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
            Machines = [machine],
        };
        return ContainerManifests.Pod(instance, machine, "10.0.0.10", Installation.Create(), new KubernetesRuntimeOptions());
    }
}
