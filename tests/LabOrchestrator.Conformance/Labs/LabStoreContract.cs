using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Conformance.Labs;

/// <summary>What every <see cref="ILabStore"/> keeps to. Each test gets an empty store.</summary>
public abstract class LabStoreContract
{
    private static readonly DateTimeOffset Monday = new(2026, 10, 5, 8, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An empty store.</summary>
    protected abstract ValueTask<ILabStore> OpenAsync();

    /// <summary>Makes an instance refer to the lab's newest version, where the store knows of instances.</summary>
    protected abstract Task ReferToAsync(Lab lab);

    [Fact]
    public async Task A_new_lab_has_an_identity_and_its_newest_version()
    {
        var store = await OpenAsync();
        var files = FilesOf("one");

        var lab = await store.PutAsync(DefinitionOf("first-steps"), files, null, Monday, Token);

        lab.Id.ShouldBeGreaterThan(0);
        lab.ShouldBe(new Lab(lab.Id, "first-steps", "Title of first-steps", "About first-steps", files.Hash, Monday));
        lab.NamespacePrefix.ShouldBe("first-steps");
        (await store.FindAsync(lab.Id, Token)).ShouldBe(lab);
        (await store.FindAsync("first-steps", Token)).ShouldBe(lab);
    }

    [Fact]
    public async Task A_second_version_keeps_the_identity_and_the_first_version()
    {
        var store = await OpenAsync();
        var first = await store.PutAsync(DefinitionOf("first-steps"), FilesOf("one"), null, Monday, Token);
        var second = await store.PutAsync(
            DefinitionOf("first-steps") with { Title = "Better", Description = "" }, FilesOf("two"), null, Monday.AddDays(1), Token);

        second.ShouldBe(new Lab(first.Id, "first-steps", "Better", "", FilesOf("two").Hash, Monday.AddDays(1)));
        (await store.ListAsync(Token)).ShouldBe([second]);
        (await store.FindVersionAsync(first.Id, first.Version, Token))!.Definition.Title.ShouldBe("Title of first-steps");
        (await store.FindVersionAsync(first.Id, second.Version, Token))!.Definition.Title.ShouldBe("Better");
    }

    [Fact]
    public async Task Putting_an_old_version_again_makes_it_the_newest()
    {
        var store = await OpenAsync();
        var first = await store.PutAsync(DefinitionOf("first-steps"), FilesOf("one"), null, Monday, Token);
        await store.PutAsync(DefinitionOf("first-steps"), FilesOf("two"), null, Monday.AddDays(1), Token);

        var again = await store.PutAsync(DefinitionOf("first-steps"), FilesOf("one"), null, Monday.AddDays(2), Token);

        again.Version.ShouldBe(first.Version);
        (await store.FindAsync(first.Id, Token)).ShouldBe(again);
    }

    [Fact]
    public async Task Versions_are_listed_the_newest_import_first_until_the_lab_is_removed()
    {
        var store = await OpenAsync();
        var lab = await store.PutAsync(DefinitionOf("first-steps"), FilesOf("one"), null, Monday, Token);
        await store.PutAsync(DefinitionOf("first-steps"), FilesOf("two"), null, Monday.AddDays(1), Token);
        await store.PutAsync(DefinitionOf("other"), FilesOf("three"), null, Monday.AddDays(1), Token);
        await store.PutAsync(DefinitionOf("first-steps"), FilesOf("one"), null, Monday.AddDays(2), Token);

        (await store.ListVersionsAsync(lab.Id, Token)).ShouldBe(
        [
            new LabVersionEntry(FilesOf("one").Hash, Monday.AddDays(2)), new LabVersionEntry(FilesOf("two").Hash, Monday.AddDays(1)),
        ]);
        await store.RemoveAsync(lab.Id, Token);
        (await store.ListVersionsAsync(lab.Id, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_version_comes_back_with_its_files_and_its_whole_definition()
    {
        var store = await OpenAsync();
        var definition = FullDefinition();
        var files = new LabFiles(
        [
            KeyValuePair.Create("lab.yaml", (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes("name: full")),
            KeyValuePair.Create("pictures/ä.png", (ReadOnlyMemory<byte>)new byte[] { 0x89, 0x50, 0, 0xff }),
        ]);
        var lab = await store.PutAsync(definition, files, null, Monday, Token);

        var version = await store.FindVersionAsync(lab.Id, lab.Version, Token);

        version.ShouldNotBeNull();
        version.LabId.ShouldBe(lab.Id);
        version.Hash.ShouldBe(files.Hash);
        version.Files.Hash.ShouldBe(files.Hash);
        version.Files.Files["pictures/ä.png"].ToArray().ShouldBe([0x89, 0x50, 0, 0xff]);
        JsonSerializer.Serialize(version.Definition).ShouldBe(JsonSerializer.Serialize(definition));
        JsonSerializer.Serialize(await store.FindDefinitionAsync(lab.Id, lab.Version, Token)).ShouldBe(JsonSerializer.Serialize(definition));
    }

    [Fact]
    public async Task A_version_belongs_to_its_lab_alone()
    {
        var store = await OpenAsync();
        var one = await store.PutAsync(DefinitionOf("one"), FilesOf("one"), null, Monday, Token);
        var two = await store.PutAsync(DefinitionOf("two"), FilesOf("two"), null, Monday, Token);

        (await store.FindVersionAsync(one.Id, two.Version, Token)).ShouldBeNull();
        (await store.FindDefinitionAsync(two.Id, one.Version, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Two_labs_may_have_the_same_files()
    {
        var store = await OpenAsync();
        var one = await store.PutAsync(DefinitionOf("one"), FilesOf("same"), null, Monday, Token);
        var two = await store.PutAsync(DefinitionOf("two"), FilesOf("same"), null, Monday, Token);

        (await store.FindDefinitionAsync(one.Id, one.Version, Token))!.Name.ShouldBe("one");
        (await store.FindDefinitionAsync(two.Id, two.Version, Token))!.Name.ShouldBe("two");
    }

    [Fact]
    public async Task A_namespace_prefix_stays_until_another_is_given()
    {
        var store = await OpenAsync();
        var lab = await store.PutAsync(DefinitionOf("one"), FilesOf("one"), "prefix", Monday, Token);
        lab.NamespacePrefix.ShouldBe("prefix");

        (await store.PutAsync(DefinitionOf("one"), FilesOf("two"), null, Monday, Token)).NamespacePrefix.ShouldBe("prefix");
        await store.PutAsync(DefinitionOf("one"), FilesOf("two"), "other", Monday, Token);
        (await store.FindAsync(lab.Id, Token))!.NamespacePrefix.ShouldBe("other");
    }

    [Fact]
    public async Task Labs_are_listed_by_title()
    {
        var store = await OpenAsync();
        foreach (var (name, title) in new[] { ("a", "Mail"), ("b", "Address resolution"), ("c", "Wireless") })
        {
            await store.PutAsync(DefinitionOf(name) with { Title = title }, FilesOf(name), null, Monday, Token);
        }

        (await store.ListAsync(Token)).Select(l => l.Title).ShouldBe(["Address resolution", "Mail", "Wireless"]);
    }

    [Fact]
    public async Task Of_many_that_put_one_new_lab_at_once_all_get_the_same_identity()
    {
        var store = await OpenAsync();
        var labs = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(
            () => store.PutAsync(DefinitionOf("one"), FilesOf($"{n % 2}"), null, Monday, Token))));

        labs.Select(l => l.Id).Distinct().Count().ShouldBe(1);
        (await store.ListAsync(Token)).Count.ShouldBe(1);
        (await store.FindDefinitionAsync(labs[0].Id, FilesOf("0").Hash, Token)).ShouldNotBeNull();
        (await store.FindDefinitionAsync(labs[0].Id, FilesOf("1").Hash, Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_removed_lab_is_gone_but_versions_in_use_stay_readable()
    {
        var store = await OpenAsync();
        var lab = await store.PutAsync(DefinitionOf("one"), FilesOf("one"), null, Monday, Token);
        await ReferToAsync(lab);

        (await store.RemoveAsync(lab.Id, Token)).ShouldBeTrue();

        (await store.FindAsync(lab.Id, Token)).ShouldBeNull();
        (await store.FindAsync("one", Token)).ShouldBeNull();
        (await store.ListAsync(Token)).ShouldBeEmpty();
        (await store.RemoveAsync(lab.Id, Token)).ShouldBeFalse();
        (await store.FindVersionAsync(lab.Id, lab.Version, Token))!.Definition.Name.ShouldBe("one");
        (await store.FindDefinitionAsync(lab.Id, lab.Version, Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_lab_can_be_put_again_after_its_removal()
    {
        var store = await OpenAsync();
        var lab = await store.PutAsync(DefinitionOf("one"), FilesOf("one"), "prefix", Monday, Token);
        await store.RemoveAsync(lab.Id, Token);

        var again = await store.PutAsync(DefinitionOf("one"), FilesOf("one"), null, Monday, Token);

        again.NamespacePrefix.ShouldBe("one");
        (await store.FindAsync("one", Token)).ShouldBe(again);
        (await store.FindVersionAsync(again.Id, again.Version, Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Unknown_labs_are_said_to_be_unknown()
    {
        var store = await OpenAsync();

        (await store.FindAsync(4711, Token)).ShouldBeNull();
        (await store.FindAsync("nothing", Token)).ShouldBeNull();
        (await store.FindVersionAsync(4711, FilesOf("one").Hash, Token)).ShouldBeNull();
        (await store.FindDefinitionAsync(4711, FilesOf("one").Hash, Token)).ShouldBeNull();
        (await store.RemoveAsync(4711, Token)).ShouldBeFalse();
        (await store.ListAsync(Token)).ShouldBeEmpty();
    }

    private static LabFiles FilesOf(string content) => LabFiles.FromDefinition(content);

    private static LabDefinition DefinitionOf(string name) => new()
    {
        Name = name,
        Title = $"Title of {name}",
        Description = $"About {name}",
        Machines = [new MachineDefinition { Name = "machine", Title = "Machine", Image = "terminal", Kind = ImageKind.Container }],
        Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
    };

    private static LabDefinition FullDefinition() => new()
    {
        Name = "full",
        Title = "Everything – ünïcode",
        Description = "One of each.",
        InstancesPerUser = 3,
        Requires = ["vms", "layer2"],
        Networks = [new NetworkDefinition("left") { Subnet = "10.0.0.0/24", Internet = true }, new NetworkDefinition("right")],
        Machines =
        [
            new MachineDefinition
            {
                Name = "server",
                Title = "The server",
                Image = "tiny-vm",
                Kind = ImageKind.Vm,
                Cpus = 2,
                MemoryBytes = 128L << 20,
                DiskBytes = 5L << 30,
                Consoles = [new("graphical", ConsoleKind.Graphical), new("terminal", ConsoleKind.Terminal), new("page", ConsoleKind.Web, 80)],
                Credentials = [new CredentialDefinition("lab"), new CredentialDefinition("root", "secret")],
                Networks = [new NetworkAttachment("left", "10.0.0.5"), new NetworkAttachment("right")],
                UserData = "#!/bin/sh\necho \"hello\"\n",
                NetworkData = "version: 2\n",
            },
            new MachineDefinition
            {
                Name = "client",
                Title = "client",
                Image = "terminal",
                Kind = ImageKind.Container,
                Cpus = 0.5m,
                Consoles = [new("terminal", ConsoleKind.Terminal)],
                Networks = [new NetworkAttachment("left")],
                Privileges = [MachinePrivilege.Sudo, MachinePrivilege.RawNetwork, MachinePrivilege.NetworkAdmin],
                Environment = ImmutableSortedDictionary<string, string>.Empty.Add("B", "").Add("A", "1"),
                Command = ["sleep", "infinity"],
                Volumes = [new VolumeDefinition("/data", 1L << 30)],
            },
        ],
    };
}
