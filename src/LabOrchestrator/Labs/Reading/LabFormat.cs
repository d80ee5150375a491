using System.Collections.Immutable;
using LabOrchestrator.Labs.Cluster;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Labs.Reading;

/// <summary>
/// The keys of <c>lab.yaml</c>, once. The reader checks files against them; the JSON Schema and the tables of the reference page are
/// made of them.
/// </summary>
internal static class LabFormat
{
    /// <summary>Most bytes of <c>lab.yaml</c>: 256 KiB.</summary>
    public const int MaximumDefinitionBytes = 256 << 10;

    /// <summary>Most bytes of an instruction page: 256 KiB.</summary>
    public const int MaximumInstructionBytes = 256 << 10;

    /// <summary>Most bytes of cloud-init user data or network data: 16 KiB.</summary>
    public const int MaximumCloudInitBytes = 16 << 10;

    /// <summary>Longest name of a machine with a web console, because it becomes a part of a host name.</summary>
    public const int MaximumWebMachineName = 40;

    /// <summary>Longest lab name and namespace prefix, because they become a part of a namespace's name.</summary>
    public const int MaximumLabName = 40;

    private const long MiB = 1L << 20;
    private const long TiB = 1L << 40;
    private const string LabelPattern = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";

    /// <summary>Names that machines cannot have, because something else answers to them.</summary>
    public static ImmutableArray<string> ReservedMachineNames { get; } =
        ["gateway", "helper", "ip6-localhost", "ip6-loopback", "localdomain", "localhost"];

    /// <summary>The words of <c>privileges</c>.</summary>
    public static ImmutableArray<string> Privileges { get; } = ["sudo", "raw-network", "network-admin"];

    /// <summary>The words of a console's kind.</summary>
    public static ImmutableArray<string> ConsoleKinds { get; } = ["graphical", "terminal", "web"];

    /// <summary>A lab's name or namespace prefix.</summary>
    public static TextShape LabName { get; } = Label(MaximumLabName);

    /// <summary>The whole file.</summary>
    public static MapShape Lab { get; } = new("lab", "A lab: machines on networks, with instructions.",
    [
        new("name", LabName, "The lab's key, unique in an installation. A lab of the same name that is imported later becomes its newest version.")
            { IsRequired = true, Example = "client-and-server" },
        new("title", Line(100), "What people read in lists.") { IsRequired = true, Example = "A client and a server" },
        new("description", Prose(4000), "A few sentences of plain text.") { Default = "empty", Example = "Ask a web server for a page." },
        new("machines", new ListShape(Machine, 1, 30), "The machines, in the order of their tabs.")
            { IsRequired = true, Example = "[{name: client, image: terminal}]" },
        new("networks", new ListShape(Network, 1, 20), "The networks of each instance.")
            { Default = "one network named `lab` without internet", Example = "[{name: lab, subnet: 10.0.0.0/24}]" },
        new("requires", new ListShape(new ChoiceShape([.. RuntimeCapabilities.Known]), 0, 20),
            "What the engine must be able to do beyond what follows from the other keys. A start on an engine that cannot is refused with the reason.")
            { Default = "what follows from the other keys", Example = "[layer2]" },
        new("instances", Instances, "How many instances there may be.") { Default = "`{perUser: 1}`", Example = "{perUser: 2}" },
        new("onLoss", new ChoiceShape(["repair", "fail"]),
            "What becomes of an instance when the engine has lost a machine of it, deleted by somebody at the engine for example: `repair` makes "
            + "the machine again, with the disk of its image where its own is gone, and says so; `fail` ends the instance with the reason.")
            { Default = "repair", Example = "fail" },
        new("instructions", new ListShape(FilePath("an instruction page"), 0, 200),
            "Markdown files of the lab's folder, in reading order; each at most 256 KiB.")
            { Default = "none", Example = "[instructions/01-start.md]" },
        new("kubernetes", OnCluster, "What each instance has beside its machines where labs run on Kubernetes. Only an admin may import such a lab.")
            { Default = "nothing", Example = "{objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {level: easy}}]}" },
    ]);

    private static MapShape Machine => new("machine", "One virtualised system.",
    [
        new("name", Label(63), "The machine's host name. Unique in the lab and not "
            + $"{string.Join(", ", ReservedMachineNames.Select(n => $"`{n}`"))}; at most {MaximumWebMachineName} characters where the machine has a web console.")
            { IsRequired = true, Example = "server" },
        new("title", Line(60), "What people read on the machine's tab.") { Default = "the name", Example = "Web server" },
        new("image", new TextShape("the name or the reference of an image, without spaces", 255) { Pattern = "[A-Za-z0-9][A-Za-z0-9._:/@+-]*" },
            "An image of the catalogue, by name or by reference. It decides whether the machine is a VM or a container.")
            { IsRequired = true, Example = "tiny-vm" },
        new("cpus", new NumberShape(0.1m, 64, IsWhole: false), "Virtual processors; a whole number for a VM.") { Default = "1", Example = "2" },
        new("memory", new SizeShape(16 * MiB, TiB), "Memory.") { Default = "256MiB", Example = "512MiB" },
        new("disk", new SizeShape(16 * MiB, 16 * TiB), "How far the machine's disk may grow.") { Default = "the runtime's default", Example = "4GiB" },
        new("consoles", new ListShape(new EitherShape(new ChoiceShape(ConsoleKinds), Console), 0, 10),
            "What people see of the machine, the first one first: a kind, or a mapping. Containers have no `graphical` console.")
            { Default = "VM: `[graphical, terminal]`; container: `[terminal]`", Example = "[terminal, {kind: web, port: 80}]" },
        new("credentials", new ListShape(Credential, 1, 10), "Logins that are set up in the machine and shown to those who use it.")
            { Default = "VM: the image's login user; container: none", Example = "[{username: lab}]" },
        new("networks", new ListShape(new EitherShape(Label(63), Attachment), 1, 8),
            "The networks the machine is attached to, in the order of its cards: a name, or a mapping.")
            { Default = "all networks of the lab", Example = "[{name: lab, address: 10.0.0.5}]" },
        new("privileges", new ListShape(new ChoiceShape(Privileges), 0, 3),
            "Rights of a container beyond the plain ones; admins see them. A VM has all rights inside itself and takes none.")
            { Default = "none", Example = "[sudo, raw-network]" },
        new("cloudInit", CloudInit, "What a VM does when it boots; images with cloud-init run scripts at the first boot only.") { Default = "host name and credentials only", Example = "{userDataFile: server.sh}" },
        new("environment", new TextMapShape(
            new TextShape("a name of letters, digits and `_` that does not begin with a digit", 128) { Pattern = "[A-Za-z_][A-Za-z0-9_]*" },
            new TextShape("a text", 4096, 0) { IsMultiLine = true, TakesAnyScalar = true }, 100),
            "Environment variables of a container.") { Default = "the image's", Example = "{GREETING: hello}" },
        new("command", new ListShape(new TextShape("a text", 4096, 0) { IsMultiLine = true, TakesAnyScalar = true }, 1, 100),
            "Program and arguments of a container instead of the image's own.") { Default = "the image's", Example = "[httpd, -f]" },
        new("volumes", new ListShape(Volume, 0, 20), "Folders of a container that are kept while the instance lives, also over a reset.")
            { Default = "none", Example = "[{path: /data, size: 1GiB}]" },
        new("kubernetes", MachineOnCluster, "How the machine differs where labs run on Kubernetes.") { Default = "nothing", Example = "{preference: windows.11}" },
    ]);

    private static MapShape OnCluster => new("kubernetes", "What a lab adds to a cluster.",
    [
        new("objects", new ListShape(new FreeShape("a manifest"), 1, 20),
            $"Objects applied in the instance's namespace before its machines: {string.Join(", ", ClusterObjectKind.All.Select(k => $"`{k.Name}`"))}. "
            + "They have no way out of the namespace, to the node or to the cluster's API. An engine that is no cluster refuses the lab.")
            { IsRequired = true, Example = "[{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {level: easy}}]" },
    ]);

    private static MapShape MachineOnCluster => new("machineOnKubernetes", "A machine where labs run on Kubernetes.",
    [
        new("instancetype", ObjectName, "A cluster-wide instancetype of KubeVirt for a VM, which then decides processors and memory. Other engines take no notice.")
            { Default = "none", Example = "u1.medium" },
        new("preference", ObjectName, "A cluster-wide preference of KubeVirt for a VM, such as those for Windows. Other engines take no notice.")
            { Default = "none", Example = "windows.11" },
        new("patch", new FreeShape("a part of a manifest"),
            "Merged into the machine's Pod or VirtualMachine; lists of named things are merged by name, and `null` removes. What keeps instances apart cannot "
            + "be patched. Only an admin may import such a lab, and an engine that is no cluster refuses it.")
            { Default = "none", Example = "{spec: {nodeSelector: {disk: fast}}}" },
    ]);

    private static MapShape Console => new("console", "A console of a machine.",
    [
        new("kind", new ChoiceShape(ConsoleKinds), "`graphical` is the screen of a VM, `terminal` a serial line or a shell, `web` an HTTP port.")
            { IsRequired = true, Example = "web" },
        new("name", Label(63), "Unique in the machine.") { Default = "the kind", Example = "shop" },
        new("port", new NumberShape(1, 65535, IsWhole: true), "The TCP port; needed by `web` and by no other kind.") { Default = "none", Example = "8080" },
    ]);

    private static MapShape Credential => new("credential", "A login.",
    [
        new("username", new TextShape("an account name of at most 32 lower-case letters, digits, `_` and `-` that begins with a letter or `_`", 32)
            { Pattern = "[a-z_][a-z0-9_-]*" }, "The account; it is made if the image does not have it, where the image can.")
            { IsRequired = true, Example = "lab" },
        new("password", new TextShape("printable ASCII characters", 128) { Pattern = "[!-~]([ -~]*[!-~])?" },
            "The password. Left out, each instance gets one of its own.") { Default = "generated for each instance", Example = "student" },
    ]);

    private static MapShape Attachment => new("attachment", "A card of a machine.",
    [
        new("name", Label(63), "The network.") { IsRequired = true, Example = "lab" },
        new("address", new TextShape("an IPv4 address such as 10.0.0.5", 15) { Pattern = "[0-9.]+" },
            "A fixed address in the network's subnet; not one of its first two, which the instance's helper has.")
            { Default = "chosen by the runtime", Example = "10.0.0.5" },
    ]);

    private static MapShape CloudInit => new("cloudInit", "cloud-init data of a VM.",
    [
        new("userData", Document(), "User data; begins with `#!` or `#cloud-config`. At most 16 KiB.")
            { Default = "none", Example = "\"#!/bin/sh\\necho hello > /etc/motd\\n\"" },
        new("userDataFile", FilePath("a file with user data"), "The same from a file of the lab's folder. Give one of the two.")
            { Default = "none", Example = "server.sh" },
        new("networkData", Document(), "Network configuration, version 1 or 2. At most 16 KiB.")
            { Default = "DHCP on all cards", Example = "\"version: 2\\n\"" },
    ]);

    private static MapShape Volume => new("volume", "A folder that outlives the container.",
    [
        new("path", new TextShape("an absolute path of letters, digits, `.`, `_`, `-` without `.` and `..` as parts", 255)
            { Pattern = "(/(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+)+" }, "Where it is in the container.") { IsRequired = true, Example = "/data" },
        new("size", new SizeShape(MiB, TiB), "How much it should hold.") { IsRequired = true, Example = "1GiB" },
    ]);

    private static MapShape Network => new("network", "A network of each instance, apart from all others.",
    [
        new("name", Label(63), "Unique in the lab.") { IsRequired = true, Example = "lab" },
        new("subnet", new TextShape("an IPv4 subnet such as 10.0.0.0/24", 18) { Pattern = "[0-9./]+" },
            "A private IPv4 subnet from /16 to /29 that overlaps no other of the lab.") { Default = "chosen by the runtime", Example = "10.0.0.0/24" },
        new("internet", new FlagShape(), "Whether machines reach the internet; private addresses and the host stay out of reach.")
            { Default = "`false`", Example = "true" },
    ]);

    private static MapShape Instances => new("instances", "Limits on instances.",
    [
        new("perUser", new NumberShape(1, 20, IsWhole: true), "How many instances of the lab one user may have at once.") { Default = "1", Example = "2" },
    ]);

    /// <summary>Every mapping of the format, the whole file first, in the order in which they are met.</summary>
    public static ImmutableArray<MapShape> AllMaps()
    {
        var found = ImmutableArray.CreateBuilder<MapShape>();
        Visit(Lab);
        return found.ToImmutable();

        void Visit(Shape shape)
        {
            switch (shape)
            {
                case MapShape map:
                    found.Add(map);
                    foreach (var key in map.Keys)
                    {
                        Visit(key.Shape);
                    }

                    break;
                case ListShape list:
                    Visit(list.Item);
                    break;
                case EitherShape either:
                    Visit(either.Long);
                    break;
            }
        }
    }

    private static TextShape ObjectName =>
        new("a name of at most 63 lower-case letters, digits, `.` and `-`", 63) { Pattern = "[a-z0-9]([a-z0-9.-]*[a-z0-9])?" };

    /// <summary>A DNS label with a letter in it.</summary>
    internal static TextShape Label(int maximum) =>
        new($"at most {maximum} lower-case letters, digits and `-`, with a letter among them and no `-` at the ends", maximum)
        {
            Pattern = $"(?=.*[a-z]){LabelPattern}",
        };

    private static TextShape Line(int maximum) => new("a text on one line", maximum) { Pattern = "\\S(.*\\S)?" };

    private static TextShape Prose(int maximum) => new("a text", maximum, 0) { IsMultiLine = true };

    private static TextShape Document() => new("a text of several lines, begun with `|`", int.MaxValue) { IsMultiLine = true };

    private static TextShape FilePath(string what) => new($"the path of {what} in the lab's folder", 255);
}
