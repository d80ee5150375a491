namespace LabOrchestrator.Images.Uploads;

/// <summary>An uploaded file becomes no image, for a reason that is the file's; the message tells it to who sent it.</summary>
public sealed class DiskRefusedException(string message, Exception? cause = null) : Exception(message, cause);
