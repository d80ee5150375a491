using System.Text.Json;
using LabOrchestrator.Images.Uploads;

namespace LabOrchestrator.Docker.Images;

/// <summary>What qemu-img says of an uploaded disk, and whether that can be accepted. It is asked in a sandbox, and still not believed in everything.</summary>
internal static class DiskInspection
{
    /// <summary>Reads the answer of <c>qemu-img info --output=json</c>.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="format">The format it was asked for.</param>
    /// <param name="file">The path it was asked for.</param>
    /// <param name="mostDiskBytes">The most bytes that the disk may have for its guest.</param>
    /// <exception cref="DiskRefusedException">The disk asks for other files, is encrypted or too large.</exception>
    public static void Check(string json, string format, string file, long mostDiskBytes)
    {
        try
        {
            using var answer = JsonDocument.Parse(json);
            Check(answer.RootElement, format, file, mostDiskBytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new DiskRefusedException($"The disk cannot be read: {Shortened(json)}", e);
        }
    }

    /// <summary>The last words of a program, for a person.</summary>
    public static string Shortened(string said)
    {
        const int longest = 300;
        said = said.Replace("/in/disk", "the disk", StringComparison.Ordinal).Trim();
        return said.Length <= longest ? said : said[^longest..];
    }

    private static void Check(JsonElement info, string format, string file, long mostDiskBytes)
    {
        if (info.GetProperty("format").GetString() != format)
        {
            throw new DiskRefusedException("The disk is not what it seems to be. Convert it anew with qemu-img.");
        }

        foreach (var name in (string[])["backing-filename", "full-backing-filename", "backing-image"])
        {
            if (info.TryGetProperty(name, out _))
            {
                throw new DiskRefusedException("The disk lies upon another one. Make it one disk (qemu-img convert) and send that.");
            }
        }

        if (info.TryGetProperty("encrypted", out var encrypted) && encrypted.ValueKind == JsonValueKind.True)
        {
            throw new DiskRefusedException("The disk is encrypted. Send it without encryption.");
        }

        if (info.TryGetProperty("format-specific", out var specific) && specific.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object)
        {
            CheckFiles(data, file);
        }

        DiskStructure.CheckSize(info.GetProperty("virtual-size").GetInt64(), mostDiskBytes);
    }

    private static void CheckFiles(JsonElement data, string file)
    {
        if (data.TryGetProperty("data-file", out _))
        {
            throw new DiskRefusedException("The disk has its data in another file. Make it one disk (qemu-img convert) and send that.");
        }

        if (data.TryGetProperty("extents", out var extents) && extents.EnumerateArray().Any(e => e.GetProperty("filename").GetString() != file))
        {
            throw new DiskRefusedException("The disk has its data in other files. Make it one disk (qemu-img convert) and send that.");
        }
    }
}
