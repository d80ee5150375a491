using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LabOrchestrator.CloudInit;
using LabOrchestrator.Installations;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>
/// The folders that server and launchers share, one for each VM: its sockets, and its seed. The folders above belong to the server
/// alone, so only the last part of a path can be other than it was.
/// </summary>
internal sealed class RunFolders(DockerRuntimeOptions options, Installation installation, HostAccount account)
{
    /// <summary>Socket of the screen.</summary>
    public const string Screen = "vnc.sock";

    /// <summary>Socket of the serial line's keeper.</summary>
    public const string Terminal = "terminal.sock";

    /// <summary>Socket by which QEMU is told what to do.</summary>
    public const string Monitor = "qmp.sock";

    /// <summary>Folder of the seed's files.</summary>
    public const string Seed = "seed";

    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int LongestName = 20;

    private readonly string _root = Path.Combine(options.RunDirectory, installation.Id[..8]);

    /// <summary>The folder of a machine, the same on the host and, where the server is a container, inside.</summary>
    public string Of(long instanceId, string machine) => Path.Combine(OfInstance(instanceId), Short(machine));

    /// <summary>Makes the folder of a machine, which nobody else may enter, and returns its path.</summary>
    public string Make(long instanceId, string machine)
    {
        var folder = Of(instanceId, machine);
        foreach (var path in new[] { OfInstance(instanceId), folder })
        {
            Directory.CreateDirectory(path, OwnersOnly);

            // It may be there from a server that was less careful.
            File.SetUnixFileMode(path, OwnersOnly);
        }

        return folder;
    }

    /// <summary>Makes the folder of a machine that is about to boot, with nothing of an earlier boot in it.</summary>
    public void Prepare(long instanceId, string machine, CloudInitSeed seed)
    {
        // The folder itself stays: a container that is only restarted has it mounted.
        var folder = Make(instanceId, machine);
        foreach (var old in Directory.EnumerateFileSystemEntries(folder))
        {
            Delete(old);
        }

        var seedFolder = Path.Combine(folder, Seed);
        Directory.CreateDirectory(seedFolder, OwnersOnly);
        Write(Path.Combine(seedFolder, "meta-data"), seed.MetaData);
        Write(Path.Combine(seedFolder, "user-data"), seed.UserData);
        Write(Path.Combine(seedFolder, "network-config"), seed.NetworkConfig);
        account.Own(seedFolder);
        account.Own(folder);
    }

    /// <summary>
    /// Writes a file that a container machine has mounted, and may not write; one that is there keeps its place, because what is
    /// mounted is the file and not its name.
    /// </summary>
    public string WriteMounted(long instanceId, string machine, string name, string text)
    {
        var path = Path.Combine(Make(instanceId, machine), name);
        if (!File.Exists(path) || File.ReadAllText(path) != text)
        {
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        return path;
    }

    /// <summary>Removes the folders of an instance.</summary>
    public void Remove(long instanceId)
    {
        if (Directory.Exists(OfInstance(instanceId)))
        {
            Directory.Delete(OfInstance(instanceId), recursive: true);
        }
    }

    private string OfInstance(long instanceId) => Path.Combine(_root, instanceId.ToString(CultureInfo.InvariantCulture));

    private void Write(string path, string text)
    {
        using (var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
        }

        account.Own(path);
    }

    private static void Delete(string path)
    {
        // Neither of them goes into the target of a link.
        if (File.GetAttributes(path) is var attributes && attributes.HasFlag(FileAttributes.Directory) && !attributes.HasFlag(FileAttributes.ReparsePoint))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    private static string Short(string machine) => machine.Length <= LongestName
        ? machine
        : $"{machine[..(LongestName - 9)]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(machine)))[..8]}";
}
