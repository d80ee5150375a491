using System.Text;
using System.Text.Json;

namespace LabOrchestrator.Bench.Starts;

/// <summary>
/// Writes the script that a person would write for a lab: network, helper and machines by the docker command, all in parallel, with the
/// same limits and the same QEMU line. It is copied from what the product has running.
/// </summary>
internal sealed class HandScript(string instancePrefix, string runFolder, string folder)
{
    /// <summary>Prefix of everything that the script makes.</summary>
    public const string Prefix = "byhand-";

    private const string Keeper = "/usr/lib/lab-orchestrator/keeper";

    /// <summary>Writes it.</summary>
    /// <param name="network">The network, as the engine describes it.</param>
    /// <param name="containers">The containers, as the engine describes them.</param>
    /// <param name="seeds">Folder of the VMs' seeds, one folder each.</param>
    public string Write(JsonElement network, IEnumerable<JsonElement> containers, string seeds)
    {
        var script = new StringBuilder("#!/bin/bash\nset -eu\n");
        var range = network.GetProperty("IPAM").GetProperty("Config")[0];
        script.Append("docker network create --subnet ").Append(range.GetProperty("Subnet").GetString())
            .Append(" --gateway ").Append(range.GetProperty("Gateway").GetString());
        foreach (var option in network.GetProperty("Options").EnumerateObject())
        {
            var value = option.Name.EndsWith("bridge.name", StringComparison.Ordinal) ? "lab-byhand" : option.Value.GetString();
            script.Append(" -o ").Append(Quoted($"{option.Name}={value}"));
        }

        script.Append(' ').Append(Mine(network.GetProperty("Name").GetString()!)).Append(" >/dev/null\n");
        foreach (var container in containers)
        {
            var name = Mine(container.GetProperty("Name").GetString()!.TrimStart('/'));
            var machine = name[Prefix.Length..];
            script.Append("{\n");
            if (Directory.Exists(Path.Combine(seeds, machine)))
            {
                var run = Path.Combine(folder, machine);
                var owner = $"{Variable(container, "LAB_USER")}:{Variable(container, "LAB_GROUP")}";
                script.AppendJoin('\n', $"  mkdir -p {run}", $"  cp -r {seeds}/{machine} {run}/seed", $"  chown -R {owner} {run}", "");
            }

            script.Append("  docker run -d --name ").Append(name).AppendJoin("", Flags(container).Select(f => ' ' + Quoted(f))).Append(" >/dev/null\n");
            if (IsContainerMachine(container))
            {
                script.AppendJoin(
                    '\n', $"  docker exec -e TERM=xterm-256color {name} {Keeper} serve --socket @lab-keeper-terminal --detach", $"  echo {machine}", "");
            }

            script.Append("} &\n");
        }

        return script.Append("wait\n").ToString();
    }

    /// <summary>The command that attaches to the terminal of a container that the script made.</summary>
    public static string[] Attach(string machine) =>
        ["exec", "-i", "-e", "TERM=xterm-256color", Prefix + machine, Keeper, "attach", "--socket", "@lab-keeper-terminal"];

    private IEnumerable<string> Flags(JsonElement container)
    {
        var config = container.GetProperty("Config");
        var host = container.GetProperty("HostConfig");
        var entrypoint = Texts(config.GetProperty("Entrypoint")).ToList();
        List<string> flags =
        [
            "--network", Mine(host.GetProperty("NetworkMode").GetString()!), "--hostname", config.GetProperty("Hostname").GetString()!,
            "--memory", $"{host.GetProperty("Memory")}", "--memory-swap", $"{host.GetProperty("MemorySwap")}",
            "--pids-limit", $"{host.GetProperty("PidsLimit")}", "--entrypoint", entrypoint[0],
            "--log-opt", "max-size=1m", "--log-opt", "max-file=2",
        ];
        var cpus = host.GetProperty("NanoCpus").GetInt64();
        flags.AddRange(cpus > 0 ? [$"--cpus={cpus / 1e9}"] : []);
        flags.AddRange(host.GetProperty("ReadonlyRootfs").GetBoolean() ? ["--read-only"] : []);
        flags.AddRange(config.GetProperty("User").GetString() is { Length: > 0 } user ? [$"--user={user}"] : []);
        flags.AddRange(Texts(config.GetProperty("Env")).Select(e => $"--env={e}"));
        flags.AddRange(Texts(host.GetProperty("CapDrop")).Select(c => $"--cap-drop={c}"));
        flags.AddRange(Texts(host.GetProperty("CapAdd")).Select(c => $"--cap-add={c}"));
        flags.AddRange(Texts(host.GetProperty("SecurityOpt")).Select(o => $"--security-opt={o}"));
        flags.AddRange(Texts(host.GetProperty("Dns")).Select(d => $"--dns={d}"));
        flags.AddRange(Texts(host.GetProperty("DnsSearch")).Select(d => $"--dns-search={d}"));
        flags.AddRange(Pairs(host, "Tmpfs").Select(t => $"--tmpfs={t.Name}:{t.Value.GetString()}"));
        flags.AddRange(Pairs(host, "Sysctls").Select(s => $"--sysctl={s.Name}={s.Value.GetString()}"));
        flags.AddRange(Items(host, "Devices").Select(d => $"--device={d.GetProperty("PathOnHost").GetString()}"));
        flags.AddRange(Items(host, "Mounts").Select(m => $"--mount={Mount(m)}"));
        var end = container.GetProperty("NetworkSettings").GetProperty("Networks").EnumerateObject().First().Value;
        flags.Add($"--ip={end.GetProperty("IPAMConfig").GetProperty("IPv4Address").GetString()}");
        return [.. flags, config.GetProperty("Image").GetString()!, .. entrypoint.Skip(1), .. Texts(config.GetProperty("Cmd"))];
    }

    private string Mount(JsonElement mount)
    {
        var readOnly = mount.TryGetProperty("ReadOnly", out var only) && only.GetBoolean() ? ",readonly" : "";
        var noCopy = mount.TryGetProperty("VolumeOptions", out var options) && options.TryGetProperty("NoCopy", out var no) && no.GetBoolean() ? ",volume-nocopy" : "";
        return $"type={mount.GetProperty("Type").GetString()},source={Mine(mount.GetProperty("Source").GetString()!)},target={mount.GetProperty("Target").GetString()}{readOnly}{noCopy}";
    }

    private static bool IsContainerMachine(JsonElement container) =>
        container.GetProperty("Config").GetProperty("Labels").TryGetProperty("lab-orchestrator.role", out var role) && role.GetString() == "machine"
        && !Texts(container.GetProperty("Config").GetProperty("Env")).Any(e => e.StartsWith("LAB_USER=", StringComparison.Ordinal));

    /// <summary>A variable of a container's environment.</summary>
    public static string Variable(JsonElement container, string name) =>
        Texts(container.GetProperty("Config").GetProperty("Env")).First(e => e.StartsWith(name + '=', StringComparison.Ordinal))[(name.Length + 1)..];

    private string Mine(string name) =>
        name.Replace(instancePrefix, Prefix, StringComparison.Ordinal).Replace(runFolder, folder, StringComparison.Ordinal);

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static IEnumerable<string> Texts(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(e => e.GetString()!) : [];

    private static List<JsonElement> Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static List<JsonProperty> Pairs(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var map) && map.ValueKind == JsonValueKind.Object ? [.. map.EnumerateObject()] : [];
}
