namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>It is not said, or said wrongly, which cluster to use and as whom; the message names the file and the remedy.</summary>
internal sealed class ClusterConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
