namespace LabOrchestrator.Server.Gateway;

/// <summary>Reading from a machine failed; most often it is just gone.</summary>
internal sealed class MachineGoneException(Exception inner) : Exception(inner.Message, inner);
