namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>Bytes that look random, cut into odd pieces, and the check that they came through.</summary>
internal static class Noise
{
    /// <summary>The bytes of a seed.</summary>
    public static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Cuts of 1 byte to 200 KiB, the small ones as likely as the large ones.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> OddCuts(byte[] bytes, int seed)
    {
        var random = new Random(seed);
        for (var position = 0; position < bytes.Length;)
        {
            var length = Math.Min((int)Math.Pow(2, random.NextDouble() * 17.6) + random.Next(3), bytes.Length - position);
            yield return bytes.AsMemory(position, length);
            position += length;
        }
    }
}
