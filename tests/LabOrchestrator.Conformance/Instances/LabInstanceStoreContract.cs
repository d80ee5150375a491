using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Conformance.Instances;

/// <summary>What every <see cref="ILabInstanceStore"/> keeps to. Each test gets an empty store.</summary>
public abstract class LabInstanceStoreContract : LabInstanceStoreHarness
{
    [Fact]
    public async Task An_added_instance_comes_back_whole()
    {
        var (store, labs) = await OpenAsync();
        var wanted = await NewAsync(labs) with
        {
            Context = "course 7",
            IdempotencyKey = "k",
            Machines = ImmutableSortedDictionary<string, MachineWish>.Empty.Add("server", new MachineWish(false, 1, 2)),
            Credentials = [new MachineCredential("server", "lab", "geheim-ü")],
            Images = ImmutableSortedDictionary<string, Image>.Empty.Add(
                "server", new Image(7, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, "ü") { LoginUser = "lab", Hardware = new ImageHardware { Firmware = Firmware.Uefi } }),
            MemoryBytes = 1L << 40,
        };

        var (added, isNew) = await store.AddAsync(wanted, new OwnerLimits(1), Token);

        isNew.ShouldBeTrue();
        added.Id.ShouldBeGreaterThan(0);
        var found = (await store.FindAsync(added.Id, Token))!;
        Text(found).ShouldBe(Text(added));
        Text(found with { Id = 0, Revision = 0 }).ShouldBe(Text(wanted));
    }

    [Fact]
    public async Task The_images_of_live_instances_are_known()
    {
        var (store, labs) = await OpenAsync();
        var wanted = await NewAsync(labs);
        (await store.ListImageReferencesAsync(Token)).ShouldBeEmpty();
        var first = await AddAsync("a:1", "b:1");
        await AddAsync("b:1", "c:1");

        (await store.ListImageReferencesAsync(Token)).ShouldBe(["a:1", "b:1", "c:1"], ignoreOrder: true);

        await store.SaveStatusAsync(first.Id, first.Status with { Phase = InstancePhase.Stopped }, Monday, Token);
        (await store.ListImageReferencesAsync(Token)).ShouldBe(["b:1", "c:1"], ignoreOrder: true);

        async Task<LabInstance> AddAsync(params string[] references)
        {
            var images = references.Select((r, i) => new Image(i + 1, r, r, ImageKind.Container, ""));
            return (await store.AddAsync(
                wanted with { Images = images.ToImmutableSortedDictionary(i => $"m{i.Id}", i => i, StringComparer.Ordinal) }, new OwnerLimits(5), Token)).Instance;
        }
    }

    [Fact]
    public async Task A_wish_is_written_once_for_each_revision()
    {
        var (store, labs) = await OpenAsync();
        var instance = (await store.AddAsync(await NewAsync(labs), new OwnerLimits(1), Token)).Instance;

        var changed = await store.UpdateWishAsync(
            instance with { Desired = DesiredState.Paused, Members = [.. instance.Members, new InstanceMember(9, InstanceRole.Observer)] }, Token);

        changed!.Revision.ShouldBe(instance.Revision + 1);
        (await store.FindAsync(instance.Id, Token))!.Desired.ShouldBe(DesiredState.Paused);
        (await store.FindAsync(instance.Id, Token))!.RoleOf(9).ShouldBe(InstanceRole.Observer);
        (await store.UpdateWishAsync(instance with { Desired = DesiredState.Stopped }, Token)).ShouldBeNull();
        (await store.FindAsync(instance.Id, Token))!.Desired.ShouldBe(DesiredState.Paused);
        var without = await store.UpdateWishAsync(changed with { Members = instance.Members }, Token);
        without!.RoleOf(9).ShouldBeNull();
    }

    [Fact]
    public async Task A_status_is_written_beside_the_wish_and_a_new_phase_is_history()
    {
        var (store, labs) = await OpenAsync();
        var instance = (await store.AddAsync(await NewAsync(labs), new OwnerLimits(1), Token)).Instance;
        var status = new LabInstanceStatus
        {
            Version = 5,
            Phase = InstancePhase.Running,
            Machines =
            [
                new MachineStatus("server", MachinePhase.Running)
                {
                    Percent = 40,
                    Addresses = ["10.0.0.2"],
                    Remark = "slow",
                    AgentConnected = true,
                    Settled = new MachineWish(BootGeneration: 2, ResetGeneration: 1),
                },
            ],
            PhaseSince = Monday,
        };

        await store.SaveStatusAsync(instance.Id, status, Monday.AddMinutes(1), Token);
        await store.SaveStatusAsync(instance.Id, status with { Version = 6, Reason = "hm" }, Monday.AddMinutes(2), Token);

        var found = (await store.FindAsync(instance.Id, Token))!;
        found.Revision.ShouldBe(instance.Revision);
        found.Status.Version.ShouldBe(6);
        found.Status.Reason.ShouldBe("hm");
        found.Status.Machines[0].ShouldSatisfyAllConditions(
            m => m.Percent.ShouldBeNull(), m => m.Addresses.ShouldBe(["10.0.0.2"]), m => m.Remark.ShouldBe("slow"),
            m => m.AgentConnected.ShouldBe(true), m => m.Settled.ShouldBe(new MachineWish(BootGeneration: 2, ResetGeneration: 1)));
        (await store.ListHistoryAsync(instance.Id, Token)).ShouldBe(
        [
            new PhaseChange(InstancePhase.Queued, null, Monday),
            new PhaseChange(InstancePhase.Running, null, Monday.AddMinutes(1)),
        ]);
    }

    [Fact]
    public async Task Lists_are_filtered_by_member_lab_life_and_page()
    {
        var (store, labs) = await OpenAsync();
        var wanted = await NewAsync(labs);
        var other = await NewAsync(labs, "other");
        var a = (await store.AddAsync(wanted, new OwnerLimits(9), Token)).Instance;
        var b = (await store.AddAsync(other, new OwnerLimits(9), Token)).Instance;
        var c = (await store.AddAsync(wanted with { OwnerId = 2, Members = [new InstanceMember(2, InstanceRole.Owner)] }, new OwnerLimits(9), Token)).Instance;
        var d = (await store.AddAsync(wanted, new OwnerLimits(9), Token)).Instance;
        await store.SaveStatusAsync(a.Id, a.Status with { Phase = InstancePhase.Stopped }, Monday, Token);

        await Listed(new LabInstanceQuery(), d, c, b);
        await Listed(new LabInstanceQuery { LiveOnly = false }, d, c, b, a);
        await Listed(new LabInstanceQuery { MemberId = 1 }, d, b);
        await Listed(new LabInstanceQuery { LabId = other.LabId }, b);
        await Listed(new LabInstanceQuery { Limit = 1 }, d);
        await Listed(new LabInstanceQuery { Before = c.Id }, b);

        async Task Listed(LabInstanceQuery query, params LabInstance[] expected) =>
            (await store.ListAsync(query, Token)).Select(i => i.Id).ShouldBe(expected.Select(i => i.Id));
    }

    [Fact]
    public async Task A_list_has_members_and_wishes_but_no_credentials_and_the_callers_status_where_it_is_not_older()
    {
        var (store, labs) = await OpenAsync();
        var wanted = await NewAsync(labs) with { Credentials = [new MachineCredential("server", "lab", "x")] };
        var added = (await store.AddAsync(wanted, new OwnerLimits(9), Token)).Instance;
        var changed = (await store.UpdateWishAsync(
            added with
            {
                Machines = added.Machines.SetItem("server", new MachineWish(PoweredOn: false)),
                Members = [.. added.Members, new InstanceMember(added.OwnerId + 1, InstanceRole.Observer)],
            },
            Token))!;
        var stored = new LabInstanceStatus { Version = 5, Phase = InstancePhase.Running, Reason = "stored" };
        await store.SaveStatusAsync(added.Id, stored, added.CreatedAt, Token);

        async Task<LabInstance> ListedAsync(LabInstanceStatus? known) =>
            (await store.ListAsync(new LabInstanceQuery { Known = known is null ? new Dictionary<long, LabInstanceStatus>() : new() { [added.Id] = known } }, Token)).Single();

        var listed = await ListedAsync(null);
        listed.Credentials.ShouldBeEmpty();
        listed.Members.ShouldBe(changed.Members);
        listed.Machines.ShouldBe(changed.Machines);
        listed.Revision.ShouldBe(changed.Revision);
        listed.CreatedAt.ShouldBe(added.CreatedAt, TimeSpan.FromMilliseconds(1));
        listed.Status.Reason.ShouldBe("stored");
        (await ListedAsync(stored with { Version = 4, Reason = "older" })).Status.Reason.ShouldBe("stored");
        (await ListedAsync(stored with { Version = 5, Reason = "known" })).Status.Reason.ShouldBe("known");
    }

    [Fact]
    public async Task Live_instances_of_a_runtime_come_in_order_with_members_and_without_credentials()
    {
        var (store, labs) = await OpenAsync();
        var wanted = await NewAsync(labs) with { Credentials = [new MachineCredential("server", "lab", "x")] };
        var a = (await store.AddAsync(wanted, new OwnerLimits(9), Token)).Instance;
        var b = (await store.AddAsync(wanted, new OwnerLimits(9), Token)).Instance;
        await store.AddAsync(wanted with { Runtime = "other" }, new OwnerLimits(9), Token);

        var live = await store.ListLiveAsync("memory", Token);

        live.Select(i => i.Id).ShouldBe([a.Id, b.Id]);
        live[0].Members.ShouldBe(a.Members);
        live[0].Credentials.ShouldBeEmpty();
    }

    [Fact]
    public async Task Image_digests_are_kept()
    {
        var (store, labs) = await OpenAsync();
        var instance = (await store.AddAsync(await NewAsync(labs), new OwnerLimits(1), Token)).Instance;

        await store.SaveImageDigestsAsync(
            instance.Id, ImmutableSortedDictionary<string, string>.Empty.Add("server", "sha256:1"), Token);

        (await store.FindAsync(instance.Id, Token))!.ImageDigests["server"].ShouldBe("sha256:1");
        (await store.ListLiveAsync(instance.Runtime, Token)).ShouldHaveSingleItem().ImageDigests["server"].ShouldBe("sha256:1", "recovery needs them");
        (await store.ListAsync(new LabInstanceQuery(), Token)).ShouldHaveSingleItem().ImageDigests.ShouldBeEmpty("a list does not");
    }

    [Fact]
    public async Task Unknown_instances_are_said_to_be_unknown()
    {
        var (store, labs) = await OpenAsync();

        (await store.FindAsync(4711, Token)).ShouldBeNull();
        (await store.UpdateWishAsync(await NewAsync(labs) with { Id = 4711 }, Token)).ShouldBeNull();
        (await store.ListHistoryAsync(4711, Token)).ShouldBeEmpty();
        await store.SaveStatusAsync(4711, new LabInstanceStatus(), Monday, Token);
    }

    private static string Text(LabInstance instance) => System.Text.Json.JsonSerializer.Serialize(instance);
}
