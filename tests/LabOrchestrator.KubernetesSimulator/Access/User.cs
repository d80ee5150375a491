namespace LabOrchestrator.KubernetesSimulator.Access;

/// <summary>Who asks.</summary>
internal sealed record User(string Name, IReadOnlyList<string> Groups)
{
    public const string Masters = "system:masters";

    public static User Admin { get; } = new("admin", [Masters, "system:authenticated"]);

    public bool IsMaster => Groups.Contains(Masters);

    /// <summary>A controller of the cluster: passes every check of rights.</summary>
    public bool IsController { get; private init; }

    public static User Controller(string name) => new("system:" + name, [Masters]) { IsController = true };

    public static User ServiceAccount(string @namespace, string name) => new(
        $"system:serviceaccount:{@namespace}:{name}", ["system:serviceaccounts", "system:serviceaccounts:" + @namespace, "system:authenticated"]);
}
