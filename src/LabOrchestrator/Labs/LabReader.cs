using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Labs.Reading;

namespace LabOrchestrator.Labs;

/// <summary>Reads labs. Every mistake is reported at once, with its place and how to mend it.</summary>
public static class LabReader
{
    /// <summary>
    /// Reads the files of a lab against the images of a catalogue. Never throws for anything that is in the files.
    /// </summary>
    public static LabReading Read(LabFiles files, IReadOnlyCollection<Image> images)
    {
        var mistakes = new MistakeList();
        CheckFiles(files, mistakes);
        var root = ReadRoot(files, mistakes);
        var definition = root is null ? null : ReadLab(root, files, images, mistakes);
        return root is not null && definition is not null && mistakes.Count == 0
            ? new LabReading(definition, []) { Requirements = RequirementPlaces.Of(root, definition) }
            : new LabReading(null, mistakes.ToImmutable());
    }

    private static void CheckFiles(LabFiles files, MistakeList mistakes)
    {
        foreach (var path in files.Files.Keys.Where(p => !LabPath.IsInside(p)))
        {
            mistakes.AddOfFile(path, LabMistakeKind.UnsafePath, path);
        }

        if (files.Files.Count > LabFileLimits.MaximumFiles)
        {
            mistakes.AddOfFile("", LabMistakeKind.TooManyFiles, LabFileLimits.MaximumFiles);
        }

        if (files.Files.Values.Sum(f => (long)f.Length) > LabFiles.MaximumBytes)
        {
            mistakes.AddOfFile("", LabMistakeKind.LabTooLarge, LabFiles.MaximumBytes);
        }
    }

    private static CheckedNode? ReadRoot(LabFiles files, MistakeList mistakes)
    {
        if (!files.Files.TryGetValue(LabFiles.DefinitionPath, out var content))
        {
            mistakes.AddOfFile(LabFiles.DefinitionPath, LabMistakeKind.NoDefinition);
            return null;
        }

        if (FileReferences.Decode(LabFiles.DefinitionPath, content, LabFormat.MaximumDefinitionBytes, mistakes) is not { } text
            || SourceParser.Parse(text, mistakes) is not { } source)
        {
            return null;
        }

        var root = new ShapeReader(mistakes).Read(LabFormat.Lab, source, "");
        return root.Value is null ? null : root;
    }

    private static LabDefinition ReadLab(CheckedNode root, LabFiles files, IReadOnlyCollection<Image> images, MistakeList mistakes)
    {
        var networks = NetworkPlan.Read(root, mistakes);
        var machineReader = new MachineReader(mistakes, files, images, networks);
        ImmutableArray<MachineDefinition> machines = [.. root.List("machines").Select(machineReader.Read)];
        var objects = new ClusterReader(mistakes).ReadObjects(root, machines);
        networks.CheckRoom();
        CheckInstructions(root, files, mistakes);
        var lab = new LabDefinition
        {
            Name = root.Text("name") ?? "",
            Title = root.Text("title") ?? "",
            Description = root.Text("description") ?? "",
            Machines = machines,
            Networks = networks.Networks,
            Requires = [.. root.Texts("requires")],
            ClusterObjects = objects,
            OnLoss = root.Text("onLoss") == "fail" ? LossPolicy.Fail : LossPolicy.Repair,
            InstancesPerUser = (int)(root["instances"]?.Number("perUser") ?? 1),
        };

        // What the lab plainly needs is required whether or not its author thought of it, so that a start says so before anything runs.
        return lab with { Requires = LabRequirements.Of(lab) };
    }

    private static void CheckInstructions(CheckedNode root, LabFiles files, MistakeList mistakes)
    {
        var references = new FileReferences(mistakes, files);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var page in root.List("instructions"))
        {
            if (page.AsText is not { } path)
            {
                continue;
            }

            if (!seen.Add(path))
            {
                mistakes.Add(page, LabMistakeKind.DuplicateEntry, path);
                continue;
            }

            if (references.Read(page, path, LabFormat.MaximumInstructionBytes) is not null && !path.EndsWith(".md", StringComparison.Ordinal))
            {
                mistakes.Add(page, LabMistakeKind.NotMarkdown, path);
            }
        }
    }
}
