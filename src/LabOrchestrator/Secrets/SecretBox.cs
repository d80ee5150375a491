using System.Security.Cryptography;
using System.Text;

namespace LabOrchestrator.Secrets;

/// <summary>
/// Encrypts values that are kept in a database with a key that is not (AES-256-GCM). The associated text binds a value to its place,
/// so that a ciphertext moved to another row does not open.
/// </summary>
public sealed class SecretBox
{
    private const byte Format = 1;
    private readonly byte[] _key;

    /// <summary>Takes a key of 32 bytes.</summary>
    public SecretBox(ReadOnlySpan<byte> key)
    {
        if (key.Length != 32)
        {
            throw new ArgumentException("The key must have 32 bytes.", nameof(key));
        }

        _key = key.ToArray();
    }

    /// <summary>Opens the key file, making it (mode 0600) when it is missing.</summary>
    /// <exception cref="InvalidDataException">The file does not hold a key.</exception>
    public static SecretBox FromKeyFile(string path)
    {
        if (!File.Exists(path))
        {
            var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Directory.CreateDirectory(directory);
            var temporary = Path.Combine(directory, $".{Path.GetRandomFileName()}");
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using (var file = new FileStream(temporary, options))
            {
                file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) + "\n"));
                file.Flush(flushToDisk: true);
            }

            try
            {
                // Of two processes that start together one wins; both then read the winner's key.
                File.Move(temporary, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(temporary);
            }
        }

        Span<byte> key = stackalloc byte[33];
        if (!Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length) || length != 32)
        {
            throw new InvalidDataException(
                $"{path} does not hold a key (32 bytes in base64). Restore it from a backup; without it stored credentials cannot be read.");
        }

        return new SecretBox(key[..32]);
    }

    /// <summary>Encrypts a text.</summary>
    public byte[] Seal(string text, string place)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var sealedBytes = new byte[1 + 12 + plain.Length + 16];
        sealedBytes[0] = Format;
        var nonce = sealedBytes.AsSpan(1, 12);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, 16);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(13, plain.Length), sealedBytes.AsSpan(13 + plain.Length), Encoding.UTF8.GetBytes(place));
        return sealedBytes;
    }

    /// <summary>Decrypts what <see cref="Seal"/> made for the same place.</summary>
    /// <exception cref="CryptographicException">Another key, another place, or damaged.</exception>
    public string Open(ReadOnlySpan<byte> sealedBytes, string place)
    {
        if (sealedBytes.Length < 29 || sealedBytes[0] != Format)
        {
            throw new CryptographicException("Not a sealed value.");
        }

        var plain = new byte[sealedBytes.Length - 29];
        using var aes = new AesGcm(_key, 16);
        aes.Decrypt(sealedBytes.Slice(1, 12), sealedBytes[13..^16], sealedBytes[^16..], plain, Encoding.UTF8.GetBytes(place));
        return Encoding.UTF8.GetString(plain);
    }
}
