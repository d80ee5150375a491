using System.Diagnostics;
using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.VirtualMachines;

/// <summary>A VM whose QEMU never comes so far as to answer.</summary>
public sealed class HangingLauncherTests(EngineFixture engine) : EngineLab(engine)
{
    private static readonly string Image = $"lab-orchestrator-test/hanging-launcher:{Guid.NewGuid():N}";

    [Fact]
    public async Task A_launcher_that_hangs_is_told_with_its_last_words_and_ended()
    {
        await DockerAsync($"printf 'FROM %s\\nRUN printf \"#!/bin/sh\\\\necho I think\\\\nsleep infinity\\\\n\" >/usr/lib/lab-orchestrator/launcher\\n' {Engine.Options.LauncherImage} | docker build --quiet --tag {Image} -");
        var installation = Installation.Create();
        var options = new DockerRuntimeOptions
        {
            RunDirectory = Engine.Options.RunDirectory,
            AddressPool = "10.219.0.0/16",
            LauncherImage = Image,
            LaunchPatience = TimeSpan.FromSeconds(15),
        };
        using var runtime = new DockerLabRuntime(installation, options);
        var spec = Spec(Vm("guest", ""));
        try
        {
            var failure = await Should.ThrowAsync<InstanceFailedException>(() => runtime.ApplyAsync(spec, new StageLog(), Patient));

            failure.Machine.ShouldBe("guest");
            failure.Message.ShouldContain("did not answer within 15 s");
            failure.Message.ShouldContain("I think");
            Of(await runtime.ObserveAsync(spec.InstanceId, Patient), "guest").Phase.ShouldBe(MachinePhase.Failed);
        }
        finally
        {
            await runtime.DeleteAsync(spec.InstanceId, CancellationToken.None);
            await Engine.RemoveAllAsync(installation);
            await DockerAsync($"docker image rm --force {Image}");
        }
    }

    private static async Task DockerAsync(string line)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", $"set -o pipefail; {line} >&2"]) { RedirectStandardError = true })!;
        var said = await shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        shell.ExitCode.ShouldBe(0, said);
    }
}
