namespace LabOrchestrator.Bench.Instances;

/// <summary>Labs of a machine each, of which a user may have many instances.</summary>
internal static class ManyLabs
{
    /// <summary>Instances of one lab that a user may have; the most that a lab may allow.</summary>
    public const int PerLab = 20;

    /// <summary>Writes so many labs into the data directory and has the server import them.</summary>
    public static void Prepare(string folder, Dictionary<string, string> settings, int labs)
    {
        var root = Path.Combine(folder, "labs");
        for (var i = 0; i < labs; i++)
        {
            var lab = Directory.CreateDirectory(Path.Combine(root, NameOf(i))).FullName;
            File.WriteAllText(
                Path.Combine(lab, "lab.yaml"),
                $"""
                name: {NameOf(i)}
                title: Bench {i}
                instances: {"{"}perUser: {PerLab}{"}"}
                machines:
                  - name: client
                    image: terminal
                    memory: 16MiB
                  - name: server
                    image: tiny-vm
                    memory: 16MiB

                """);
        }

        settings["Labs__Directory"] = root;
        settings["Labs__Samples"] = "false";
        settings["Limits__InstancesPerUser"] = "100000";
    }

    /// <summary>Name of a lab.</summary>
    public static string NameOf(int number) => $"bench-{number}";
}
