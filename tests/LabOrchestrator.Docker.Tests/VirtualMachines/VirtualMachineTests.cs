using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.VirtualMachines;

public sealed class VirtualMachineTests(EngineFixture engine) : EngineLab(engine)
{
    [Fact]
    public async Task Restart_and_power_off_keep_a_VMs_disk_and_reset_does_not()
    {
        var spec = Spec(Vm("guest", ""));
        await ApplyAsync(spec);
        await using (var person = await LogInAsync(spec, "guest"))
        {
            await person.TypeAsync("echo kept >notes; sync; echo writ''ten\r", Patient);
            await person.ReadUntilAsync("written", Patient);
        }

        spec = With(spec, "guest", m => m with { BootGeneration = 1 });
        Of(await ApplyAsync(spec), "guest").Phase.ShouldBe(MachinePhase.Running);
        await ShouldSayAsync(spec, "cat notes", "kept");

        Of(await ApplyAsync(With(spec, "guest", m => m with { PoweredOn = false })), "guest").Phase.ShouldBe(MachinePhase.PoweredOff);
        spec = With(spec, "guest", m => m with { BootGeneration = 2 });
        await ApplyAsync(spec);
        await ShouldSayAsync(spec, "cat notes", "kept");

        spec = With(spec, "guest", m => m with { ResetGeneration = 1 });
        await ApplyAsync(spec);
        await ShouldSayAsync(spec, "test -e notes || echo fre''sh", "fresh");
    }

    [Fact]
    public async Task A_VM_that_powers_itself_off_is_said_to_have_done_so()
    {
        var spec = Spec(Vm("guest", "#!/bin/sh\npoweroff -f\n"));
        await ApplyAsync(spec);

        await UntilAsync(spec, "guest", m => m.Phase == MachinePhase.Failed);

        Of(await ApplyAsync(spec), "guest").Reason.ShouldNotBeNull().ShouldStartWith("The machine powered itself off.");
    }

    [Fact]
    public async Task A_disk_larger_than_the_image_is_seen_by_the_guest()
    {
        var vm = Vm("guest", "");
        var spec = Spec(vm with { Definition = vm.Definition with { DiskBytes = 3L << 30 } });
        await ApplyAsync(spec);

        await ShouldSayAsync(spec, "cat /sys/block/vda/size", (3L << 30 >> 9).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task QEMU_runs_as_an_ordinary_user_without_any_right()
    {
        var spec = Spec(Vm("guest", ""));
        await ApplyAsync(spec);

        var status = await InLauncherAsync(spec, "guest", "cat /proc/$(pidof qemu-system-x86_64)/status");

        status.ShouldMatch(@"Uid:\s+107\s+107\s+107\s+107", "the tests run as root, so it is KubeVirt's account");
        foreach (var set in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
        {
            status.ShouldMatch(set + @":\s+0000000000000000");
        }

        status.ShouldMatch(@"NoNewPrivs:\s+1");
        status.ShouldMatch(@"Seccomp_filters:\s+2", "the engine's and QEMU's own");
        (await InLauncherAsync(spec, "guest", "touch /x 2>&1 || true")).ShouldContain("Read-only file system");
        (await InLauncherAsync(spec, "guest", "ls /run/docker.sock /var/run/docker.sock 2>&1 || true")).ShouldContain("No such file");
        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "guest").Remark.ShouldNotBeNullOrEmpty("it is slow, and says so");
    }

    [Fact]
    public async Task Nobody_else_may_enter_a_VMs_folder_also_before_its_first_boot_or_where_it_was_open()
    {
        var folders = new RunFolders(Engine.Options, Engine.Installation, HostAccount.Current);
        var spec = Spec(Vm("guest", ""), Vm("other", ""));
        Directory.CreateDirectory(folders.Of(spec.InstanceId, "other"));

        await ApplyAsync(With(With(spec, "guest", m => m with { PoweredOn = false }), "other", m => m with { PoweredOn = false }));

        const UnixFileMode ownersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var path in new[] { folders.Of(spec.InstanceId, "guest"), folders.Of(spec.InstanceId, "other"), Path.GetDirectoryName(folders.Of(spec.InstanceId, "guest"))! })
        {
            File.GetUnixFileMode(path).ShouldBe(ownersOnly, path);
        }
    }

    [Theory]
    [InlineData("/var/run/docker.sock")]
    [InlineData("/etc/shadow")]
    [InlineData("/nowhere")]
    public async Task Links_planted_by_who_broke_out_of_QEMU_are_not_followed(string target)
    {
        var spec = Spec(Vm("guest", ""));
        await ApplyAsync(spec);
        await using (await Consoles.OpenAsync(spec.InstanceId, "guest", Screen, Patient))
        {
            // Control: before that it opens.
        }

        foreach (var socket in new[] { RunFolders.Screen, RunFolders.Terminal, RunFolders.Monitor })
        {
            await InLauncherAsync(spec, "guest", $"rm -f /run/lab/{socket} && ln -s {target} /run/lab/{socket}");
        }

        await Should.ThrowAsync<ConsoleUnavailableException>(() => Consoles.OpenAsync(spec.InstanceId, "guest", Screen, Patient));
        await Should.ThrowAsync<ConsoleUnavailableException>(() => Consoles.OpenAsync(spec.InstanceId, "guest", Terminal, Patient));
        await Should.ThrowAsync<InstanceFailedException>(() => Runtime.PauseAsync(spec.InstanceId, Patient));
    }

    [Fact]
    public async Task A_link_planted_in_place_of_a_folder_does_not_move_what_the_server_writes()
    {
        var victim = Directory.CreateTempSubdirectory("lab-victim-");
        try
        {
            File.WriteAllText(Path.Combine(victim.FullName, "precious"), "kept");
            File.SetUnixFileMode(victim.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var spec = Spec(Vm("guest", ""));
            await ApplyAsync(spec);
            await InLauncherAsync(spec, "guest", $"rm -rf /run/lab/seed && ln -s {victim.FullName} /run/lab/seed && ln -s {victim.FullName}/precious /run/lab/other");

            await ApplyAsync(With(spec, "guest", m => m with { BootGeneration = 1 }));

            victim.EnumerateFileSystemInfos().Select(f => f.Name).ShouldBe(["precious"]);
            File.ReadAllText(Path.Combine(victim.FullName, "precious")).ShouldBe("kept");
        }
        finally
        {
            victim.Delete(recursive: true);
        }
    }

    private async Task ShouldSayAsync(InstanceSpec spec, string line, string expected)
    {
        await using var person = await LogInAsync(spec, "guest");
        await person.TypeAsync(line + "; echo fin''ished\r", Patient);
        await person.ReadUntilAsync("finished", Patient);
        person.Text.ShouldContain("\n" + expected + "\r");
    }
}
