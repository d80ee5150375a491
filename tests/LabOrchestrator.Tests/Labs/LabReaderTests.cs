using System.Collections.Immutable;
using System.Text;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Labs.Cluster;

namespace LabOrchestrator.Labs;

public sealed class LabReaderTests
{
    [Fact]
    public void A_small_lab_gets_all_defaults()
    {
        var lab = Good(
            """
            name: small
            title: Small
            machines:
              - name: server
                image: tiny-vm
              - name: client
                image: lab-orchestrator/terminal:1
            """);

        lab.Networks.ShouldBe([new NetworkDefinition("lab")]);
        lab.Description.ShouldBe("");
        lab.InstancesPerUser.ShouldBe(1);
        lab.Requires.ShouldBe(["containers", "vms"]);
        var server = lab.Machines[0];
        server.Kind.ShouldBe(ImageKind.Vm);
        server.Title.ShouldBe("server");
        server.Cpus.ShouldBe(1);
        server.MemoryBytes.ShouldBe(256L << 20);
        server.DiskBytes.ShouldBeNull();
        server.Consoles.ShouldBe([new("graphical", ConsoleKind.Graphical), new("terminal", ConsoleKind.Terminal)]);
        server.Credentials.ShouldBe([new CredentialDefinition("lab")]);
        server.Networks.ShouldBe([new NetworkAttachment("lab")]);
        var client = lab.Machines[1];
        client.Kind.ShouldBe(ImageKind.Container);
        client.Consoles.ShouldBe([new("terminal", ConsoleKind.Terminal)]);
        client.Credentials.ShouldBeEmpty();
    }

    [Fact]
    public void Everything_that_an_author_may_write_is_read()
    {
        var lab = Good(FullLab.Files);

        lab.Description.ShouldBe("Two lines\nof text.\n");
        lab.Networks.ShouldBe([new NetworkDefinition("left") { Subnet = "10.0.0.0/24", Internet = true }, new NetworkDefinition("right")]);
        lab.Requires.ShouldBe(["containers", "fixed-addresses", "internet", "kubernetes", "layer2", "several-networks", "vms"]);
        lab.InstancesPerUser.ShouldBe(3);
        lab.OnLoss.ShouldBe(LossPolicy.Fail);
        lab.ClusterObjects.ShouldBe(
        [
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"level":"easy","count":"3"}}""",
            """{"apiVersion":"v1","kind":"Service","metadata":{"name":"database"},"spec":{"ports":[{"port":5432}]}}""",
        ]);
        lab.Machines[0].OnCluster.ShouldBe(
            new MachineOnCluster("u1.medium", "windows.11", """{"spec":{"template":{"spec":{"nodeSelector":{"disk":"fast"}}}}}"""));
        var server = lab.Machines[0];
        server.Title.ShouldBe("The server");
        server.Cpus.ShouldBe(2);
        server.MemoryBytes.ShouldBe(1L << 30);
        server.DiskBytes.ShouldBe(2_000_000_000);
        server.Consoles.ShouldBe([new("terminal", ConsoleKind.Terminal), new("page", ConsoleKind.Web, 80)]);
        server.Credentials.ShouldBe([new CredentialDefinition("lab", "1234"), new CredentialDefinition("root")]);
        server.Networks.ShouldBe([new NetworkAttachment("left", "10.0.0.5"), new NetworkAttachment("right")]);
        server.UserData.ShouldBe("#!/bin/sh\necho\n");
        server.NetworkData.ShouldBe("version: 2\n");
        lab.Machines[1].UserData.ShouldBe("#cloud-config\npackages: [nginx]\n");
        var client = lab.Machines[2];
        client.Cpus.ShouldBe(0.5m);
        client.MemoryBytes.ShouldBe(3L << 29);
        client.Privileges.ShouldBe([MachinePrivilege.NetworkAdmin, MachinePrivilege.Sudo, MachinePrivilege.RawNetwork]);
        client.Environment.ShouldBe(ImmutableSortedDictionary<string, string>.Empty.Add("A", "").Add("B", "1").Add("C", "yes").Add("D", "true"));
        client.Command.ShouldBe(["sleep", "3600"]);
        client.Volumes.ShouldBe([new VolumeDefinition("/data", 1L << 30)]);
        client.Networks.ShouldBe([new NetworkAttachment("left")]);
    }

    [Fact]
    public void Every_mistake_is_reported_at_once_with_its_place()
    {
        var mistakes = Bad(
            """
            name: Bad Name
            machines:
              - name: server
                image: tiny-vn
                memroy: 128MiB
              - name: server
                image: terminal
                memory: 512
                consoles: [graphical]
            networks:
              - {name: a, subnet: 10.0.0.0/24}
              - {name: b, subnet: 10.0.0.128/25}
            """);

        mistakes.Select(m => (m.Line, m.Column, m.Path)).ShouldBe(
        [
            (1, 1, "title"),
            (1, 7, "name"),
            (4, 12, "machines[0].image"),
            (5, 5, "machines[0].memroy"),
            (6, 11, "machines[1].name"),
            (8, 13, "machines[1].memory"),
            (9, 16, "machines[1].consoles[0]"),
            (12, 23, "networks[1].subnet"),
        ]);
        mistakes.ShouldAllBe(m => m.File == "lab.yaml" && m.Message.Length > 0 && m.Remedy.Length > 0);
        mistakes[2].Remedy.ShouldContain("`tiny-vm`");
        mistakes[3].Remedy.ShouldBe("Did you mean `memory`?");
        mistakes[4].Message.ShouldContain("line 3");
        mistakes[5].Remedy.ShouldContain("512MiB");
        mistakes[7].Message.ShouldContain("`a`");
    }

    [Fact]
    public void A_lab_without_a_definition_is_told_so() =>
        LabReader.Read(new LabFiles([]), TestImages.All).Mistakes.ShouldHaveSingleItem().Message.ShouldContain("no lab.yaml");

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    [InlineData("just a text")]
    [InlineData("[a, b]")]
    public void A_file_that_holds_no_lab_is_told_so(string yaml) => Bad(yaml).ShouldHaveSingleItem().Remedy.ShouldNotBeEmpty();

    [Fact]
    public void Missing_and_unfit_instruction_files_are_reported()
    {
        var mistakes = BadFiles(Files(
            """
            name: small
            title: Small
            machines: [{name: a, image: terminal}]
            instructions:
              - pages/01-start.md
              - ../../etc/passwd
              - /etc/passwd
              - picture.png
              - page.md
              - page.md
              - long.md
            """,
            ("pages/01-strat.md", ""), ("picture.png", "x"), ("page.md", ""), ("long.md", new string('x', (256 << 10) + 1))));

        mistakes.Select(m => (m.File, m.Line)).ShouldBe(
            [("lab.yaml", 5), ("lab.yaml", 6), ("lab.yaml", 7), ("lab.yaml", 8), ("lab.yaml", 10), ("long.md", 0)]);
        mistakes[0].Remedy.ShouldContain("`pages/01-strat.md`");
    }

    [Fact]
    public void A_file_that_is_not_utf8_is_told_so()
    {
        var files = new LabFiles([KeyValuePair.Create("lab.yaml", (ReadOnlyMemory<byte>)new byte[] { (byte)'n', 0xff, 0xfe })]);

        BadFiles(files).ShouldHaveSingleItem().Remedy.ShouldContain("UTF-8");
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm() =>
        Good("\uFEFFname: small\ntitle: Small\nmachines: [{name: a, image: terminal}]\n").Name.ShouldBe("small");

    [Fact]
    public void Too_many_mistakes_are_counted_instead_of_listed()
    {
        var yaml = new StringBuilder("name: small\ntitle: Small\nmachines: [{name: a, image: terminal}]\n");
        for (var i = 0; i < 500; i++)
        {
            yaml.Append("unknown-").Append(i).Append(": 1\n");
        }

        var mistakes = Bad(yaml.ToString());

        mistakes.Length.ShouldBe(201);
        mistakes[^1].Message.ShouldContain("300");
    }

    [Fact]
    public void Paths_that_leave_the_folder_are_refused_wherever_they_come_from() =>
        BadFiles(Files("name: small\ntitle: Small\nmachines: [{name: a, image: terminal}]\n", ("../evil", "x")))
            .ShouldHaveSingleItem().File.ShouldBe("../evil");

    private static LabFiles Files(string yaml, params (string Path, string Text)[] others) => new(
        others.Append(("lab.yaml", yaml)).Select(f => KeyValuePair.Create(f.Item1, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(f.Item2))));

    private static LabDefinition Good(string yaml) => Good(LabFiles.FromDefinition(yaml));

    private static LabDefinition Good(LabFiles files)
    {
        var reading = LabReader.Read(files, TestImages.All);
        reading.Mistakes.ShouldBeEmpty();
        return reading.Definition.ShouldNotBeNull();
    }

    private static ImmutableArray<LabMistake> Bad(string yaml) => BadFiles(LabFiles.FromDefinition(yaml));

    private static ImmutableArray<LabMistake> BadFiles(LabFiles files)
    {
        var reading = LabReader.Read(files, TestImages.All);
        reading.Definition.ShouldBeNull();
        return reading.Mistakes;
    }
}
