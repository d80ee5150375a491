using LabOrchestrator.Images;

namespace LabOrchestrator.Docker.Tests.VirtualMachines;

/// <summary>A guest with the real cloud-init reads what we compose for it.</summary>
public sealed class DebianVmTests(EngineFixture engine) : EngineLab(engine)
{
    private static readonly Image Debian = new(3, "debian-vm", "lab-orchestrator/debian-vm:1", ImageKind.Vm, "Debian") { LoginUser = "lab" };

    // Half a minute on an idle machine without hardware virtualisation.
    protected override TimeSpan Patience => TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Cloud_init_takes_host_name_credentials_network_data_and_user_data()
    {
        var vm = Vm("notebook", "#!/bin/sh\necho \"it's done by $(hostname)\" >/srv/done\n");
        var spec = Spec(
            Container("friend"),
            vm with { Image = Debian, Definition = vm.Definition with { Image = Debian.Name, MemoryBytes = 512 << 20 } });
        var applied = await ApplyAsync(spec);
        await using var person = await LogInAsync(spec, "notebook");

        (await SayAsync(person, "echo name=$(hostname).")).ShouldContain("name=notebook.");
        (await SayAsync(person, "until cat /srv/done; do sleep 1; done")).ShouldContain("it's done by notebook");
        (await SayAsync(person, "until ip -o -4 addr | grep eth0 || ip -o -4 addr | grep ens; do sleep 1; done")).ShouldContain($" {Of(applied, "notebook").Addresses[0]}/");
        (await SayAsync(person, "until ping -c 1 -W 2 friend; do sleep 1; done")).ShouldContain("1 received");
        (await SayAsync(person, "cloud-init status --wait --long")).ShouldContain("DataSourceNoCloud");
        await TellsOfItsAgentAsync(spec.InstanceId);
    }

    // The engine knows nothing of it; nobody asks again unless something is told.
    private async Task TellsOfItsAgentAsync(long id)
    {
        await using var changes = Runtime.WatchAsync(Patient).GetAsyncEnumerator();
        while (Of(await Runtime.ObserveAsync(id, Patient), "notebook").AgentConnected != true)
        {
            do
            {
                (await changes.MoveNextAsync()).ShouldBeTrue();
            }
            while (changes.Current is { } other && other != id);
        }
    }
}
