namespace LabOrchestrator.Server.Pages;

/// <summary>Names the resource files with the texts of the pages.</summary>
public sealed class Texts;
