namespace LabOrchestrator.Labs.Cluster;

/// <summary>What an author wishes for a machine where it runs on Kubernetes; other engines do without the names and refuse the patch.</summary>
/// <param name="Instancetype">Name of a cluster-wide instancetype of KubeVirt, in place of processors and memory; null for none.</param>
/// <param name="Preference">Name of a cluster-wide preference of KubeVirt, for example <c>windows.11</c>; null for none.</param>
/// <param name="Patch">JSON object merged into the machine's Pod or VirtualMachine; null for none.</param>
public sealed record MachineOnCluster(string? Instancetype, string? Preference, string? Patch);
