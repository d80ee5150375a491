using YamlDotNet.RepresentationModel;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>A cluster, user or context of a kubeconfig, with the file that it is from.</summary>
internal sealed class KubeconfigEntry(YamlMappingNode body, string name, string file)
{
    public string Name { get; } = name;

    public string File { get; } = file;

    public string Folder => Path.GetDirectoryName(Path.GetFullPath(File)) ?? "/";

    /// <summary>The text of a key, or null when it is not there or empty.</summary>
    public string? Text(string key) => Node(key) is YamlScalarNode { Value: { Length: > 0 } value } ? value : null;

    public bool Flag(string key) => Text(key) is "true" or "True" or "TRUE";

    /// <summary>The same under its name in the file.</summary>
    public KubeconfigEntry Named(string called) => new(body, called, File);

    /// <summary>A part of it.</summary>
    public KubeconfigEntry? Section(string key) => Node(key) is YamlMappingNode section ? new KubeconfigEntry(section, Name, File) : null;

    public IReadOnlyList<string> Texts(string key) =>
        Node(key) is YamlSequenceNode list ? [.. list.OfType<YamlScalarNode>().Select(n => n.Value ?? "")] : [];

    public IReadOnlyList<KubeconfigEntry> Entries(string key) =>
        Node(key) is YamlSequenceNode list ? [.. list.OfType<YamlMappingNode>().Select(n => new KubeconfigEntry(n, Name, File))] : [];

    /// <summary>Keys of this mapping whose values are lists or texts.</summary>
    public IEnumerable<(string Key, IReadOnlyList<string> Values)> Lists() =>
        from pair in body.Children
        let key = (pair.Key as YamlScalarNode)?.Value
        where key is not null
        select (key, Texts(key));

    /// <summary>The file that a key names, relative to the kubeconfig, or null.</summary>
    public string? PathAt(string key) => Text(key) is { } path ? Path.Combine(Folder, path) : null;

    /// <summary>What <c>KEY-data</c> holds in base64, or else the file that <c>KEY</c> names; null when neither is there.</summary>
    /// <exception cref="ClusterConfigurationException">It cannot be read.</exception>
    public string? DataOrFile(string key)
    {
        try
        {
            if (Text(key + "-data") is { } data)
            {
                return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data));
            }

            return PathAt(key) is { } path ? System.IO.File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ClusterConfigurationException($"{File}: {key} of \"{Name}\" cannot be read: {e.Message}", e);
        }
    }

    private YamlNode? Node(string key) => body.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;
}
