using System.Text;
using System.Text.Json.Nodes;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>A program that gets credentials, as a kubeconfig describes it.</summary>
/// <param name="Command">Program, a path or a name to look for.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Variables to set.</param>
/// <param name="ApiVersion">Version of the answer.</param>
/// <param name="Info">What it is told in <c>KUBERNETES_EXEC_INFO</c>.</param>
/// <param name="Where">The user that it is of, for messages.</param>
internal sealed record ExecPlugin(
    string Command, IReadOnlyList<string> Arguments, IReadOnlyList<(string Name, string Value)> Environment, string ApiVersion, string Info, string Where)
{
    private const string V1 = "client.authentication.k8s.io/v1";
    private const string V1Beta1 = "client.authentication.k8s.io/v1beta1";

    /// <summary>How to get the program, for who lacks it.</summary>
    public string? InstallHint { get; init; }

    /// <exception cref="ClusterConfigurationException">The description is wrong, or needs a person.</exception>
    public static ExecPlugin Of(KubeconfigEntry exec, KubeconfigEntry cluster, string where)
    {
        var command = exec.Text("command") ?? throw new ClusterConfigurationException($"{where}: the exec plug-in has no command.");
        var version = exec.Text("apiVersion");
        if (version is not (V1 or V1Beta1))
        {
            throw new ClusterConfigurationException($"{where}: the exec plug-in's apiVersion is \"{version}\". Use {V1} or {V1Beta1}.");
        }

        switch (exec.Text("interactiveMode"))
        {
            case "Always":
                throw new ClusterConfigurationException($"{where}: the exec plug-in needs a person at a terminal (interactiveMode: Always). Use another user for the server.");
            case null when version == V1:
                throw new ClusterConfigurationException($"{where}: the exec plug-in has no interactiveMode, which {V1} demands. Write Never or IfAvailable.");
        }

        return new ExecPlugin(
            command.Contains('/', StringComparison.Ordinal) ? Path.Combine(exec.Folder, command) : command,
            exec.Texts("args"),
            [.. exec.Entries("env").Select(e => (e.Text("name") ?? "", e.Text("value") ?? "")).Where(e => e.Item1.Length > 0)],
            version,
            InfoFor(version, exec.Flag("provideClusterInfo") ? cluster : null),
            where)
        { InstallHint = exec.Text("installHint") };
    }

    private static string InfoFor(string version, KubeconfigEntry? cluster)
    {
        var spec = new JsonObject { ["interactive"] = false };
        if (cluster is not null)
        {
            var told = new JsonObject { ["server"] = cluster.Text("server") };
            foreach (var key in (ReadOnlySpan<string>)["tls-server-name", "proxy-url"])
            {
                if (cluster.Text(key) is { } value)
                {
                    told[key] = value;
                }
            }

            if (cluster.DataOrFile("certificate-authority") is { } authorities)
            {
                told["certificate-authority-data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(authorities));
            }

            if (cluster.Flag("insecure-skip-tls-verify"))
            {
                told["insecure-skip-tls-verify"] = true;
            }

            spec["cluster"] = told;
        }

        return new JsonObject { ["apiVersion"] = version, ["kind"] = "ExecCredential", ["spec"] = spec }.ToJsonString();
    }
}
