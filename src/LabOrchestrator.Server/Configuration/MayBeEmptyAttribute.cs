namespace LabOrchestrator.Server.Configuration;

/// <summary>Marks a setting for which an empty text is a value, and not the same as none.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MayBeEmptyAttribute : Attribute;
