using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace LabOrchestrator.Labs;

/// <summary>All files of a lab, by relative path with forward slashes. Their hash is the lab version's identity.</summary>
public sealed class LabFiles
{
    /// <summary>The file every lab has.</summary>
    public const string DefinitionPath = "lab.yaml";

    /// <summary>Most bytes that all files of a lab may have together: 32 MiB.</summary>
    public const long MaximumBytes = 32L << 20;

    /// <summary>Takes the files as they are.</summary>
    public LabFiles(IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> files)
    {
        Files = files.ToImmutableSortedDictionary(StringComparer.Ordinal);
        Hash = HashOf(Files);
    }

    /// <summary>Content by path, in ordinal order.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Files { get; }

    /// <summary>SHA-256 over paths and contents, in lower-case hexadecimal.</summary>
    public string Hash { get; }

    /// <summary>Text of <c>lab.yaml</c>, or null when it is missing.</summary>
    public string? Definition => Files.TryGetValue(DefinitionPath, out var bytes) ? Encoding.UTF8.GetString(bytes.Span) : null;

    /// <summary>A lab that is nothing but its <c>lab.yaml</c>.</summary>
    public static LabFiles FromDefinition(string yaml) =>
        new([KeyValuePair.Create(DefinitionPath, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(yaml))]);

    private static string HashOf(ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[8];
        foreach (var (path, content) in files)
        {
            // Lengths go in too, so that no two different sets of files can feed the hash the same bytes.
            var name = Encoding.UTF8.GetBytes(path);
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(length, name.Length);
            hash.AppendData(length);
            hash.AppendData(name);
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(length, content.Length);
            hash.AppendData(length);
            hash.AppendData(content.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
