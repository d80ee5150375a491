using System.Globalization;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Machines;

/// <summary>Each limit of a machine takes effect, and the machine is there afterwards.</summary>
public sealed class LimitTests(EngineFixture engine) : EngineLab(engine)
{
    [Fact]
    public async Task A_container_gets_no_more_processor_memory_and_processes_than_it_may()
    {
        var box = Container("box");
        var spec = Spec(box with { Definition = box.Definition with { Cpus = 0.25m, MemoryBytes = 256 << 20 } });
        await ApplyAsync(spec);

        // Processor: three seconds of doing nothing but count.
        var busy = await RunAsync(spec, "box", ["perl", "-MTime::HiRes=time", "-e", "$e=time+3; 1 while time<$e; print 0, ' ', (times)[0]+(times)[1]"]);
        double.Parse(busy.Split(' ')[1], CultureInfo.InvariantCulture).ShouldBeInRange(0.05, 1.2);
        (await RunAsync(spec, "box", ["sh", "-c", "cat /sys/fs/cgroup/cpu/cpu.stat /sys/fs/cgroup/cpu.stat 2>/dev/null; true"])).ShouldMatch("nr_throttled [1-9]");

        // Memory: a little is given, much is not.
        (await RunAsync(spec, "box", ["perl", "-e", "$x = 'a' x (16 << 20); print length $x"])).ShouldBe((16 << 20).ToString(CultureInfo.InvariantCulture));
        (await Commands.RunAsync(spec.InstanceId, "box", ["perl", "-e", "$x = 'a' x (512 << 20); print 'given'"], Patient)).ExitCode.ShouldNotBe(0);

        // Processes: a fork that fails, and not only one.
        var forks = await RunAsync(spec, "box", ["perl", "-e", "for (1..700) { my $p = fork; if (!defined $p) { print \"refused\\n\"; last } if (!$p) { close STDOUT; close STDERR; sleep 30; exit } $n++ } exit"]);
        forks.ShouldContain("refused");
        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "box").Phase.ShouldBe(MachinePhase.Running);
    }

    [Fact]
    public async Task A_container_that_fills_its_disk_is_ended_told_why_and_may_make_room()
    {
        var box = Container("box");
        var spec = Spec(box with { Definition = box.Definition with { DiskBytes = 32 << 20 } }, Container("neighbour"));
        await ApplyAsync(spec);
        await RunAsync(spec, "box", ["sh", "-c", "head -c 8M /dev/zero >~/little"]);
        await FillAsync(spec, "~/much");
        await RunAsync(spec, "neighbour", ["sh", "-c", "head -c 64M /dev/zero >~/much"]);

        var ended = await UntilAsync(spec, "box", m => m.Phase == MachinePhase.Failed);
        ended.Reason.ShouldNotBeNull().ShouldContain("more than its 32 MiB of disk");

        spec = With(spec, "box", m => m with { BootGeneration = 1 });
        Of(await ApplyAsync(spec), "box").Phase.ShouldBe(MachinePhase.Running);
        await Task.Delay(TimeSpan.FromSeconds(7), TimeProvider.System, Patient);
        await RunAsync(spec, "box", ["sh", "-c", "rm ~/much && test -e ~/little"]);
        // On and on: a look that comes late knows no better than that the first of it was there before.
        await RunAsync(spec, "box", ["sh", "-c", "(while head -c 64M /dev/zero >>~/more; do sleep 1; done) >/dev/null 2>&1 &"]);
        await UntilAsync(spec, "box", m => m.Phase == MachinePhase.Failed);
        Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), "neighbour").Phase.ShouldBe(MachinePhase.Running, "it has the usual 4 GiB");
    }

    [Fact]
    public async Task Volumes_count_as_a_containers_disk()
    {
        var box = Container("box");
        var spec = Spec(box with
        {
            Definition = box.Definition with { DiskBytes = 32 << 20, Volumes = [new("/home/lab", 16 << 20)] },
        });
        await ApplyAsync(spec);
        await FillAsync(spec, "/home/lab/much");

        (await UntilAsync(spec, "box", m => m.Phase == MachinePhase.Failed)).Reason.ShouldNotBeNull().ShouldContain("more than its 48 MiB of disk");
    }

    [Fact]
    public async Task A_VM_gets_no_more_processor_memory_and_disk_than_it_may()
    {
        var vm = Vm("guest", "") with { Credentials = [new("guest", "root", "secret")] };
        var spec = Spec(vm with { Definition = vm.Definition with { Cpus = 0.5m, MemoryBytes = 96 << 20 } });
        await ApplyAsync(spec);
        await using var root = await LogInAsync(spec, "guest", "root");

        (await SayAsync(root, "echo cpus=$(nproc).")).ShouldContain("cpus=1.");
        var memory = (await SayAsync(root, "echo kib=$(sed -n 's/MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo).")).Split("kib=")[1].Split('.')[0];
        long.Parse(memory, CultureInfo.InvariantCulture).ShouldBeInRange(48 << 10, 96 << 10);
        (await SayAsync(root, "n=$(cat /sys/block/vda/size); dd if=/dev/zero of=/dev/vda seek=$((n-1)) count=1 2>/dev/null && echo with''in; dd if=/dev/zero of=/dev/vda seek=$n count=1 2>&1 && echo bey''ond"))
            .ShouldSatisfyAllConditions(s => s.ShouldContain("within"), s => s.ShouldNotContain("beyond"));

        // The launcher as a whole: half a processor, the guest's memory and what QEMU needs beside it.
        await SayAsync(root, "timeout 3 sh -c 'while :; do :; done'");
        var limits = await InLauncherAsync(spec, "cd /sys/fs/cgroup; cat cpu/cpu.cfs_quota_us memory/memory.limit_in_bytes pids/pids.max 2>/dev/null || cat cpu.max memory.max pids.max; cat cpu/cpu.stat cpu.stat 2>/dev/null");
        limits.ShouldMatch(@"^50000\s");
        limits.ShouldContain(((96L << 20) + (384L << 20)).ToString(CultureInfo.InvariantCulture));
        limits.ShouldContain("256");
        limits.ShouldMatch("nr_throttled [1-9]");
    }

    // The watch may end the machine before the command is done.
    private Task<CommandResult> FillAsync(InstanceSpec spec, string file) =>
        ShellAsync(spec, "box", $"head -c 64M /dev/zero >{file}");

    private async Task<string> InLauncherAsync(InstanceSpec spec, string line)
    {
        var containers = await Engine.Engine.Containers.ListAsync(
            [.. EngineLabels.Of(Engine.Installation, spec.InstanceId), $"{EngineLabels.Machine}=guest"], Patient);
        return (await Engine.Engine.Execs.RunAsync(
            containers.Single().Id, new ExecCreation { Cmd = ["sh", "-c", line] }, default, 64 << 10, Patient)).Output;
    }
}
