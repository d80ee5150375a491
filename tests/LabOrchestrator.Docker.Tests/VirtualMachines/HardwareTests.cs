using System.Globalization;
using System.Text.Json;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.VirtualMachines;

/// <summary>What an image says of its guest's hardware is what the guest finds.</summary>
public sealed class HardwareTests(EngineFixture engine) : EngineLab(engine)
{
    [Fact]
    public async Task A_guest_that_asks_for_a_TPM_finds_one_that_keeps_what_it_knows()
    {
        var spec = Spec(Guest(new ImageHardware { Tpm = true, Tablet = false }));
        await ApplyAsync(spec);
        await using var person = await LogInAsync(spec, "guest");

        (await SayAsync(person, "test -s /sys/firmware/acpi/tables/TPM2 && echo pre''sent")).ShouldContain("present");
        (await AskAsync(spec, "query-tpm"))[0].GetProperty("options").GetProperty("type").GetString().ShouldBe("emulator");
        (await AskAsync(spec, "query-mice")).EnumerateArray().ShouldNotContain(m => m.GetProperty("absolute").GetBoolean());
        var first = await InLauncherAsync(spec, "guest", "ls /state/tpm");
        first.ShouldContain("tpm2-00.permall");

        spec = With(spec, "guest", m => m with { BootGeneration = 1 });
        await ApplyAsync(spec);
        (await AskAsync(spec, "query-tpm")).GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task A_guest_of_UEFI_is_started_by_it_on_the_disk_and_card_that_its_image_names()
    {
        var spec = Spec(Guest(new ImageHardware { Firmware = Firmware.Uefi, DiskBus = DiskBus.Sata, Nic = NicModel.E1000 }, memoryMiB: 256));
        await ApplyAsync(spec);

        await using var person = await AttachAsync(spec, "guest");
        await person.ReadUntilAsync("BdsDxe: ", Patient);

        var cards = (await AskAsync(spec, "query-pci"))[0].GetProperty("devices").EnumerateArray()
            .Select(d => d.GetProperty("id")).Select(i => (i.GetProperty("vendor").GetInt32(), i.GetProperty("device").GetInt32())).ToList();
        cards.ShouldContain((0x8086, 0x100e), "Intel's 82540EM");
        cards.ShouldContain((0x8086, 0x2922), "AHCI");
        (await AskAsync(spec, "query-tpm")).GetArrayLength().ShouldBe(0);
        (await AskAsync(spec, "query-mice")).EnumerateArray().ShouldContain(m => m.GetProperty("absolute").GetBoolean());
        (await InLauncherAsync(spec, "guest", "stat -c %s /state/firmware.fd")).Trim().ShouldBe((528 << 10).ToString(CultureInfo.InvariantCulture));
    }

    private MachineSpec Guest(ImageHardware hardware, int memoryMiB = 128)
    {
        var vm = Vm("guest", "");
        return vm with
        {
            Image = vm.Image with { Hardware = hardware },
            Definition = vm.Definition with { MemoryBytes = (long)memoryMiB << 20 },
        };
    }

    private async Task<JsonElement> AskAsync(InstanceSpec spec, string question)
    {
        var folders = new RunFolders(Engine.Options, Engine.Installation, HostAccount.Current);
        await using var qemu = await QmpSession.OpenAsync(Path.Combine(folders.Of(spec.InstanceId, "guest"), RunFolders.Monitor), Patient);
        return await qemu.ExecuteAsync(question, Patient);
    }
}
