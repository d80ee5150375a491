using System.Security.Cryptography;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>kubectl's configuration files: the first that defines a cluster, user or context wins.</summary>
internal sealed class Kubeconfig
{
    private readonly Dictionary<string, KubeconfigEntry> _clusters = [];
    private readonly Dictionary<string, KubeconfigEntry> _users = [];
    private readonly Dictionary<string, KubeconfigEntry> _contexts = [];
    private readonly StringBuilder _texts = new();
    private readonly string _files;
    private string? _current;

    private Kubeconfig(string files)
    {
        _files = files;
    }

    /// <summary>Reads the cluster of a context.</summary>
    /// <param name="files">The files; those that are missing are passed over.</param>
    /// <param name="context">The context's name; null is the current one.</param>
    /// <param name="time">The clock, for credentials that expire.</param>
    /// <exception cref="ClusterConfigurationException">A file is wrong or none is there.</exception>
    public static ClusterConfiguration Read(IReadOnlyList<string> files, string? context, TimeProvider time)
    {
        var found = new Kubeconfig(string.Join(", ", files));
        var read = 0;
        foreach (var file in files.Where(File.Exists))
        {
            found.Add(file);
            read++;
        }

        return read > 0
            ? found.Resolve(context, time)
            : throw new ClusterConfigurationException($"There is no kubeconfig at {found._files}. Name one, or run where KUBERNETES_SERVICE_HOST is set.");
    }

    private void Add(string file)
    {
        try
        {
            var text = File.ReadAllText(file);
            _texts.Append(text).Append('\0');
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents.Count == 0 || yaml.Documents[0].RootNode is not YamlMappingNode root)
            {
                return;
            }

            var whole = new KubeconfigEntry(root, "", file);
            _current ??= whole.Text("current-context");
            Collect(whole, "clusters", "cluster", _clusters);
            Collect(whole, "users", "user", _users);
            Collect(whole, "contexts", "context", _contexts);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or YamlException)
        {
            throw new ClusterConfigurationException($"The kubeconfig {file} cannot be read: {e.Message}", e);
        }
    }

    private static void Collect(KubeconfigEntry whole, string list, string body, Dictionary<string, KubeconfigEntry> into)
    {
        foreach (var entry in whole.Entries(list))
        {
            if (entry.Text("name") is { } name && entry.Section(body) is { } section)
            {
                into.TryAdd(name, section.Named(name));
            }
        }
    }

    private ClusterConfiguration Resolve(string? wanted, TimeProvider time)
    {
        var name = wanted ?? _current
            ?? throw new ClusterConfigurationException($"The kubeconfig {_files} has no current-context. Run 'kubectl config use-context NAME', or name the context.");
        var context = Find(_contexts, name, "context");
        var cluster = Find(_clusters, context.Text("cluster") ?? "", "cluster");
        var user = context.Text("user") is { } userName ? Find(_users, userName, "user") : null;
        if (!Uri.TryCreate(cluster.Text("server"), UriKind.Absolute, out var server) || server.Scheme is not ("https" or "http"))
        {
            throw new ClusterConfigurationException($"{cluster.File}: the server of cluster \"{cluster.Name}\" is no http or https address.");
        }

        var authorities = cluster.DataOrFile("certificate-authority");
        _texts.Append(authorities).Append('\0').Append(user?.DataOrFile("client-certificate"));
        return new ClusterConfiguration
        {
            Server = server,
            Origin = $"kubeconfig {context.File}, context {name}",
            Fingerprint = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\0{_texts}"))),
            Authorities = authorities is null ? null : Certificates.Authorities(authorities, $"{cluster.File}: certificate-authority of \"{cluster.Name}\""),
            SkipTlsVerification = cluster.Flag("insecure-skip-tls-verify"),
            TlsServerName = cluster.Text("tls-server-name"),
            Proxy = ProxyOf(cluster),
            Credentials = user is null ? new FixedCredentials(ClusterCredentials.Anonymous) : KubeconfigUser.Credentials(user, cluster, time),
            Impersonation = user is null ? null : KubeconfigUser.Impersonated(user),
            Namespace = context.Text("namespace") ?? "default",
        };
    }

    private static KubeconfigEntry Find(Dictionary<string, KubeconfigEntry> entries, string name, string what) =>
        entries.TryGetValue(name, out var entry)
            ? entry
            : throw new ClusterConfigurationException(
                $"The kubeconfig has no {what} \"{name}\". It has: {(entries.Count == 0 ? "none" : string.Join(", ", entries.Keys.Order(StringComparer.Ordinal)))}.");

    private static Uri? ProxyOf(KubeconfigEntry cluster)
    {
        if (cluster.Text("proxy-url") is not { } text)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var proxy) && proxy.Scheme is ("http" or "https" or "socks5")
            ? proxy
            : throw new ClusterConfigurationException($"{cluster.File}: proxy-url of cluster \"{cluster.Name}\" is no address with http, https or socks5.");
    }
}
