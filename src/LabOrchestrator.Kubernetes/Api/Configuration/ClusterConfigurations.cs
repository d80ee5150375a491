namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>Finds the cluster as kubectl does, and the pod's own.</summary>
internal static class ClusterConfigurations
{
    /// <summary>
    /// The kubeconfig that is named; else those of <c>KUBECONFIG</c>; else the pod's own cluster; else <c>~/.kube/config</c>.
    /// </summary>
    /// <param name="kubeconfig">Path of a file, or several with colons between; null or empty is not named.</param>
    /// <param name="context">The context in it; null or empty is the current one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="environment">Reads a variable.</param>
    /// <exception cref="ClusterConfigurationException">There is none, or it is wrong.</exception>
    public static ClusterConfiguration Find(string? kubeconfig, string? context, TimeProvider time, Func<string, string?> environment)
    {
        var wanted = string.IsNullOrEmpty(context) ? null : context;
        var named = string.IsNullOrEmpty(kubeconfig) ? environment("KUBECONFIG") : kubeconfig;
        if (!string.IsNullOrEmpty(named))
        {
            return Kubeconfig.Read(named.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), wanted, time);
        }

        return InClusterConfiguration.IsGiven(environment)
            ? InClusterConfiguration.Read(environment, InClusterConfiguration.Folder, time)
            : Kubeconfig.Read([Path.Combine(environment("HOME") ?? "/", ".kube", "config")], wanted, time);
    }
}
