using System.Collections.Immutable;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Reads the machines of a lab one after the other.</summary>
internal sealed class MachineReader(MistakeList mistakes, LabFiles files, IReadOnlyCollection<Image> images, NetworkPlan networks)
{
    private static readonly string[] KeysOfVms = ["cloudInit"];
    private static readonly string[] KeysOfVmsOnCluster = ["instancetype", "preference"];
    private static readonly string[] KeysOfContainers = ["environment", "command", "volumes", "privileges"];
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    /// <summary>The machine; what could not be read has some value, and the mistakes say so.</summary>
    public MachineDefinition Read(CheckedNode node)
    {
        var name = node.Text("name") ?? "";
        CheckName(node, name);
        var image = FindImage(node);
        var consoles = new ConsoleReader(mistakes).Read(node, image?.Kind);
        CheckKind(node, image);
        if (consoles.Any(c => c.Kind == ConsoleKind.Web) && name.Length > LabFormat.MaximumWebMachineName)
        {
            mistakes.Add(node["name"]!, LabMistakeKind.NameTooLongForWeb, name, LabFormat.MaximumWebMachineName);
        }

        var kind = image?.Kind ?? ImageKind.Container;
        var privileges = ReadPrivileges(node);
        var cloudInit = node["cloudInit"];
        var cloudInitReader = new CloudInitReader(mistakes, files);
        return new MachineDefinition
        {
            Name = name,
            Title = node.Text("title") ?? name,
            Image = node.Text("image") ?? "",
            Kind = kind,
            Cpus = node.Number("cpus") ?? 1,
            MemoryBytes = node.Bytes("memory") ?? MachineDefinition.DefaultMemoryBytes,
            DiskBytes = node.Bytes("disk"),
            Consoles = consoles,
            Credentials = ReadCredentials(node, image),
            Networks = networks.Attach(node),
            Privileges = privileges,
            Environment = ReadEnvironment(node),
            Command = node.Texts("command"),
            Volumes = ReadVolumes(node),
            UserData = cloudInit is null ? null : cloudInitReader.ReadUserData(cloudInit),
            OnCluster = new ClusterReader(mistakes).ReadMachine(node, kind, privileges),
            NetworkData = cloudInit is null ? null : cloudInitReader.ReadNetworkData(cloudInit),
        };
    }

    private void CheckName(CheckedNode node, string name)
    {
        if (name.Length == 0)
        {
            return;
        }

        var place = node["name"]!;
        if (LabFormat.ReservedMachineNames.Contains(name))
        {
            mistakes.Add(place, LabMistakeKind.ReservedName, name);
        }

        if (!_lines.TryAdd(name, place.Source.Line))
        {
            mistakes.Add(place, LabMistakeKind.DuplicateName, name, _lines[name]);
        }
    }

    private Image? FindImage(CheckedNode node)
    {
        if (node["image"] is not { AsText: { } wanted } place)
        {
            return null;
        }

        if ((images.FirstOrDefault(i => i.Name == wanted) ?? images.FirstOrDefault(i => i.Reference == wanted)) is { } image)
        {
            return image;
        }

        var near = NearestWord.Of(wanted, images.SelectMany(i => new[] { i.Name, i.Reference }));
        if (near.Count == 0)
        {
            near = [.. images.Select(i => i.Name).Where(n => n.Contains(wanted, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).Take(3)];
        }

        var all = images.Select(i => i.Name).Order(StringComparer.Ordinal).Take(8);
        mistakes.Add(
            place,
            images.Count == 0 ? LabMistakeKind.NoImages : near.Count > 0 ? LabMistakeKind.UnknownImageNear : LabMistakeKind.UnknownImage,
            wanted, string.Join(", ", (near.Count > 0 ? near : all).Select(n => $"`{n}`")));
        return null;
    }

    private void CheckKind(CheckedNode node, Image? image)
    {
        if (image is null)
        {
            return;
        }

        var isVm = image.Kind == ImageKind.Vm;
        foreach (var key in isVm ? KeysOfContainers : KeysOfVms)
        {
            if (node[key] is { } wrong)
            {
                mistakes.Add(wrong, isVm ? LabMistakeKind.NotForVm : LabMistakeKind.NotForContainer, key, image.Name);
            }
        }

        foreach (var key in isVm ? [] : KeysOfVmsOnCluster.Where(k => node["kubernetes"]?[k] is not null))
        {
            mistakes.Add(node["kubernetes"]![key]!, LabMistakeKind.NotForContainer, key, image.Name);
        }

        if (isVm && node.Number("cpus") is { } cpus && cpus != decimal.Truncate(cpus))
        {
            mistakes.Add(node["cpus"]!, LabMistakeKind.FractionOfCpu, cpus);
        }
    }

    private ImmutableArray<CredentialDefinition> ReadCredentials(CheckedNode node, Image? image)
    {
        if (node["credentials"] is null)
        {
            return image is { Kind: ImageKind.Vm, LoginUser: { } user } ? [new CredentialDefinition(user)] : [];
        }

        var credentials = ImmutableArray.CreateBuilder<CredentialDefinition>();
        foreach (var login in node.List("credentials"))
        {
            if (login.Text("username") is not { } username)
            {
                continue;
            }

            if (credentials.Any(c => c.Username == username))
            {
                mistakes.Add(login["username"]!, LabMistakeKind.DuplicateEntry, username);
            }

            credentials.Add(new CredentialDefinition(username, login.Text("password")));
        }

        return credentials.ToImmutable();
    }

    private ImmutableArray<MachinePrivilege> ReadPrivileges(CheckedNode node)
    {
        var privileges = ImmutableArray.CreateBuilder<MachinePrivilege>();
        foreach (var word in node.List("privileges").Where(w => w.AsText is not null))
        {
            var privilege = (MachinePrivilege)LabFormat.Privileges.IndexOf(word.AsText!);
            if (privileges.Contains(privilege))
            {
                mistakes.Add(word, LabMistakeKind.DuplicateEntry, word.AsText!);
            }

            privileges.Add(privilege);
        }

        return privileges.ToImmutable();
    }

    private ImmutableArray<VolumeDefinition> ReadVolumes(CheckedNode node)
    {
        var volumes = ImmutableArray.CreateBuilder<VolumeDefinition>();
        foreach (var volume in node.List("volumes"))
        {
            if (volume.Text("path") is not { } path)
            {
                continue;
            }

            if (volumes.Any(v => v.Path == path))
            {
                mistakes.Add(volume["path"]!, LabMistakeKind.DuplicateEntry, path);
            }

            volumes.Add(new VolumeDefinition(path, volume.Bytes("size") ?? 0));
        }

        return volumes.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, string> ReadEnvironment(CheckedNode node) =>
        (node["environment"]?.Keys ?? ImmutableDictionary<string, CheckedNode>.Empty)
            .ToImmutableSortedDictionary(k => k.Key, k => k.Value.AsText ?? "", StringComparer.Ordinal);
}
