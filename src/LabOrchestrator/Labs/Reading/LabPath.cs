using System.Text;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Relative paths of a lab's files.</summary>
internal static class LabPath
{
    private const int MaximumBytes = 255;

    /// <summary>Whether the path is relative, in its plain form, and stays inside the folder.</summary>
    public static bool IsInside(string path) =>
        path.Length > 0
        && Encoding.UTF8.GetByteCount(path) <= MaximumBytes
        && !path.Any(c => c == '\\' || char.IsControl(c))
        && path.EnumerateRunes().All(r => r.Value != 0xFFFD)
        && path.Split('/').All(part => part is not ("" or "." or ".."));
}
