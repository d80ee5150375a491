using System.Collections.Immutable;
using LabOrchestrator.Images;

namespace LabOrchestrator.Labs.Reading;

/// <summary>One mistake each, in a lab that is right otherwise.</summary>
public sealed class LabMistakeTests
{
    [Theory]
    [InlineData("Name", "must be|lower-case")]
    [InlineData("-a", "lower-case")]
    [InlineData("a-", "lower-case")]
    [InlineData("a_b", "lower-case")]
    [InlineData("a.b", "lower-case")]
    [InlineData("\"127\"", "a letter among them")]
    [InlineData("80", "quotes")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234", "at most 63")]
    [InlineData("helper", "another name")]
    [InlineData("gateway", "another name")]
    [InlineData("localhost", "another name")]
    [InlineData("[a]", "a text")]
    [InlineData("{a: b}", "a text")]
    [InlineData("\"a\\0\"", "control")]
    [InlineData("~", "has no value")]
    [InlineData("", "has no value")]
    public void Machine_names_are_host_names(string name, string part) => One($"[{{name: {name}, image: terminal}}]", "machines[0].name", part);

    [Theory]
    [InlineData("cpus: 0", "0.1 to 64")]
    [InlineData("cpus: 65", "0.1 to 64")]
    [InlineData("cpus: two", "a number")]
    [InlineData("cpus: \"2\"", "quotes")]
    [InlineData("cpus: 1e1", "a number")]
    [InlineData("cpus: 010", "a number")]
    [InlineData("cpus: .nan", "a number")]
    [InlineData("memory: 512", "512MiB")]
    [InlineData("memory: 512 mib", "KiB")]
    [InlineData("memory: 512M", "512MiB")]
    [InlineData("memory: lots", "KiB")]
    [InlineData("memory: 15MiB", "16MiB to 1TiB")]
    [InlineData("memory: 999999999999TiB", "16MiB to 1TiB")]
    [InlineData("memory: [1GiB]", "a size")]
    [InlineData("disk: -1GiB", "KiB")]
    [InlineData("privileges: [root]", "`sudo`, `raw-network`")]
    [InlineData("privileges: [sud]", "Did you mean `sudo`?")]
    [InlineData("privileges: [sudo, sudo]", "Remove one")]
    [InlineData("consoles: [graphical]", "Write `terminal`")]
    [InlineData("consoles: [screen]", "`graphical`, `terminal`, `web`")]
    [InlineData("consoles: [web]", "needs a port")]
    [InlineData("consoles: [{kind: terminal, port: 80}]", "no port")]
    [InlineData("consoles: [{kind: web, port: 65536}]", "1 to 65535")]
    [InlineData("consoles: [{kind: web, port: 1.5}]", "whole")]
    [InlineData("consoles: [{name: a}]", "`kind` is missing")]
    [InlineData("consoles: [{kind: web, port: 1}, {kind: web, port: 2}]", "its own name")]
    [InlineData("consoles: [{kind: web, port: 1, name: a}, {kind: terminal, name: a}]", "its own name")]
    [InlineData("credentials: [{username: Lab}]", "lower-case")]
    [InlineData("credentials: [{username: \"a:b\"}]", "lower-case")]
    [InlineData("credentials: [{username: a, password: 1234}]", "\"1234\"")]
    [InlineData("credentials: [{username: a, password: \"a\\nb\"}]", "control")]
    [InlineData("credentials: [{username: a}, {username: a}]", "Remove one")]
    [InlineData("networks: [lan]", "`lab`")]
    [InlineData("networks: [lap]", "Did you mean `lab`?")]
    [InlineData("networks: [lab, {name: lab}]", "Remove one")]
    [InlineData("networks: []", "1 to 8")]
    [InlineData("networks: [{name: lab, address: 10.0.0.5}]", "no subnet")]
    [InlineData("cloudInit: {userData: \"#!/bin/sh\"}", "is for VMs")]
    [InlineData("environment: {1A: x}", "digit")]
    [InlineData("environment: {A: [x]}", "a text")]
    [InlineData("environment: {A: }", "has no value")]
    [InlineData("environment: [A]", "a mapping")]
    [InlineData("command: sleep", "a list")]
    [InlineData("command: []", "1 to 100")]
    [InlineData("volumes: [{path: data, size: 1GiB}]", "absolute")]
    [InlineData("volumes: [{path: /data/../etc, size: 1GiB}]", "absolute")]
    [InlineData("volumes: [{path: /, size: 1GiB}]", "absolute")]
    [InlineData("volumes: [{path: /data}]", "`size` is missing")]
    [InlineData("volumes: [{path: /a, size: 1GiB}, {path: /a, size: 1GiB}]", "Remove one")]
    [InlineData("image: terminal", "already given")]
    [InlineData("tittle: x", "Did you mean `title`?")]
    [InlineData("colour: x", "`name`, `title`, `image`")]
    [InlineData("[a]: x", "not a list")]
    [InlineData("title: &a x", "Anchors")]
    [InlineData("title: *a", "Anchors")]
    [InlineData("title: !!str x", "Tags")]
    [InlineData("title: true", "quotes")]
    [InlineData("title: \"\"", "has no value")]
    [InlineData("title: \" x\"", "one line")]
    [InlineData("title: \"a\\tb\"", "control")]
    [InlineData("title: \"a\\Lb\"", "line break")]
    [InlineData("command: [\"\\a\"]", "control")]
    [InlineData("title: \"\\uD800\"", "broken|YAML")]
    public void A_container_with_one_mistake(string key, string part) => One($"[{{name: a, image: terminal, {key}}}]", null, part);

    [Theory]
    [InlineData("cpus: 1.5", "whole number")]
    [InlineData("privileges: [sudo]", "is for containers")]
    [InlineData("environment: {A: b}", "is for containers")]
    [InlineData("command: [a]", "is for containers")]
    [InlineData("volumes: [{path: /a, size: 1GiB}]", "is for containers")]
    [InlineData("consoles: [graphical, {kind: graphical, name: second}]", "Remove this one")]
    [InlineData("cloudInit: {userData: \"echo hello\"}", "#cloud-config")]
    [InlineData("cloudInit: {userData: \"#!/bin/sh\", userDataFile: lab.yaml}", "Keep one")]
    [InlineData("cloudInit: {userDataFile: nothing.sh}", "no file")]
    [InlineData("cloudInit: {userDataFile: ../x.sh}", "relative path")]
    [InlineData("cloudInit: {userDataFile: /etc/passwd}", "relative path")]
    [InlineData("cloudInit: {userData: \"#cloud-config\\nusers: [\"}", "not YAML")]
    [InlineData("cloudInit: {networkData: \"version: [\"}", "not YAML")]
    public void A_VM_with_one_mistake(string key, string part) => One($"[{{name: a, image: tiny-vm, {key}}}]", null, part);

    [Theory]
    [InlineData("networks: [{name: lab, subnet: 10.0.0.0}]", "10.0.0.0/24")]
    [InlineData("networks: [{name: lab, subnet: 10.0.0.0/33}]", "10.0.0.0/24")]
    [InlineData("networks: [{name: lab, subnet: 10.0.0.010/24}]", "10.0.0.0/24")]
    [InlineData("networks: [{name: lab, subnet: \"fd00::/64\"}]", "IPv4")]
    [InlineData("networks: [{name: lab, subnet: 10.0.0.1/24}]", "Write the subnet: 10.0.0.0/24")]
    [InlineData("networks: [{name: lab, subnet: 10.0.0.0/30}]", "/16 to /29")]
    [InlineData("networks: [{name: lab, subnet: 10.0.0.0/8}]", "/16 to /29")]
    [InlineData("networks: [{name: lab, subnet: 8.8.8.0/24}]", "private")]
    [InlineData("networks: [{name: lab, subnet: 172.32.0.0/16}]", "private")]
    [InlineData("networks: [{name: lab}, {name: lab}]", "its own name")]
    [InlineData("networks: []", "1 to 20")]
    [InlineData("networks: [{name: lab, internet: yes}]", "true or false")]
    [InlineData("networks: [{name: lab, internet: \"true\"}]", "true or false")]
    [InlineData("requires: [kvm]", "`vms`")]
    [InlineData("requires: [hardware-virtualization]", "`hardware-virtualisation`")]
    [InlineData("instances: {perUser: 0}", "1 to 20")]
    [InlineData("instances: {perUser: 21}", "1 to 20")]
    [InlineData("instances: 2", "a mapping")]
    [InlineData("description: 5", "quotes")]
    [InlineData("instructions: [a.md]", "no file")]
    [InlineData("name: again", "line 1")]
    public void A_lab_with_one_mistake(string key, string part) => One("[{name: a, image: terminal}]", null, part, key);

    [Theory]
    [InlineData("10.0.1.5", "10.0.0.3 to 10.0.0.254")]
    [InlineData("10.0.0.0", "10.0.0.3 to 10.0.0.254")]
    [InlineData("10.0.0.1", "10.0.0.3 to 10.0.0.254")]
    [InlineData("10.0.0.2", "10.0.0.3 to 10.0.0.254")]
    [InlineData("10.0.0.255", "10.0.0.3 to 10.0.0.254")]
    [InlineData("10.0.0.256", "0 to 255")]
    [InlineData("10.0.0", "0 to 255")]
    [InlineData("10.0.0.9", "`other`")]
    public void Addresses_are_free_ones_of_the_subnet(string address, string part) => One(
        $$"""[{name: other, image: terminal, networks: [{name: lab, address: 10.0.0.9}]}, {name: a, image: terminal, networks: [{name: lab, address: {{address}}}]}]""",
        "machines[1].networks[0].address", part, "networks: [{name: lab, subnet: 10.0.0.0/24}]");

    [Fact]
    public void A_subnet_has_room_for_its_machines()
    {
        var machines = Enumerable.Range(0, 5).Select(n => $"{{name: m{n}, image: terminal}}");

        One($"[{string.Join(", ", machines)}]", "networks[0].subnet", "room for 4", "networks: [{name: lab, subnet: 10.0.0.0/29}]");
    }

    [Fact]
    public void A_machine_with_a_web_console_has_a_shorter_name() => One(
        $"[{{name: {new string('a', 41)}, image: terminal, consoles: [{{kind: web, port: 80}}]}}]", "machines[0].name", "at most 40");

    [Fact]
    public void User_data_has_a_limit() => One(
        $"[{{name: a, image: tiny-vm, cloudInit: {{userData: \"#!/bin/sh {new string('ä', 8190)}\"}}}}]", "machines[0].cloudInit.userData", "16384");

    [Fact]
    public void An_unknown_image_is_answered_with_all_when_none_is_near() =>
        One("[{name: a, image: windows}]", "machines[0].image", "`debian-vm`, `terminal`, `tiny-vm`");

    [Fact]
    public void An_unknown_image_is_answered_with_those_that_contain_it() =>
        One("[{name: a, image: debian}]", "machines[0].image", "Did you mean `debian-vm`?");

    [Fact]
    public void An_empty_catalogue_is_named_as_the_reason() =>
        One("[{name: a, image: terminal}]", "machines[0].image", "it is empty", images: []);

    [Theory]
    [InlineData("machines: [\n", "not YAML")]
    [InlineData("machines:\n\t- name: a\n", "spaces")]
    [InlineData("title: a: b\n", "in quotes")]
    [InlineData("title: \"a\n", "not YAML")]
    [InlineData("---\na: 1\n---\nb: 2\n", "---")]
    public void Damaged_YAML_is_told_with_its_place(string yaml, string part)
    {
        var mistakes = Read(yaml, TestImages.All).Where(m => $"{m}".Contains(part, StringComparison.Ordinal)).ToList();

        mistakes.ShouldHaveSingleItem().Line.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Deep_nesting_ends_reading_early() =>
        Read(new string('[', 100_000), TestImages.All).ShouldHaveSingleItem().Message.ShouldContain("16 deep");

    [Fact]
    public void An_alias_bomb_does_not_go_off()
    {
        var bomb = "a: &a [x, x]\n" + string.Concat(Enumerable.Range(1, 40).Select(n => $"b{n}: &b{n} [*{(n == 1 ? "a" : $"b{n - 1}")}, *a]\n"));

        Read(bomb, TestImages.All).ShouldContain(m => m.Message.Contains("Anchors", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_of_very_many_values_ends_reading_early() =>
        Read($"[{string.Join(',', Enumerable.Repeat("a", 30_000))}]", TestImages.All).ShouldHaveSingleItem().Message.ShouldContain("20000");

    [Fact]
    public void Every_kind_of_mistake_has_a_text_and_a_remedy()
    {
        foreach (var name in Enum.GetNames<LabMistakeKind>().SelectMany(k => new[] { k, $"{k}_Remedy" }))
        {
            MistakeList.Word(name).ShouldNotBe(name);
        }
    }

    private static void One(string machines, string? path, string parts, string? more = null, IReadOnlyList<Image>? images = null)
    {
        var mistakes = Read($"name: lab\ntitle: Lab\nmachines: {machines}\n{more}\n", images ?? TestImages.All);

        var mistake = mistakes.ShouldHaveSingleItem();
        mistake.Line.ShouldBeGreaterThan(0);
        mistake.Column.ShouldBeGreaterThan(0);
        parts.Split('|').ShouldContain(p => $"{mistake.Message} {mistake.Remedy}".Contains(p, StringComparison.Ordinal), mistake.ToString());
        if (path is not null)
        {
            mistake.Path.ShouldBe(path);
        }
    }

    private static ImmutableArray<LabMistake> Read(string yaml, IReadOnlyList<Image> images)
    {
        var reading = LabReader.Read(LabFiles.FromDefinition(yaml), images);
        reading.Definition.ShouldBeNull();
        return reading.Mistakes;
    }
}
