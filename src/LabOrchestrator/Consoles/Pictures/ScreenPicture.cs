using System.Buffers.Binary;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Consoles.Pictures;

/// <summary>
/// Takes one picture of a screen that speaks RFB (RFC 6143), as a viewer that sees it once and leaves. Nothing that the screen says of
/// itself is believed beyond its bounds.
/// </summary>
public static class ScreenPicture
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Waits for the whole screen and returns it as PNG.</summary>
    /// <param name="screen">The connection; it is closed at the end.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConsoleUnavailableException">The screen does not answer within five seconds, or not in RFB.</exception>
    public static async Task<byte[]> TakeAsync(Stream screen, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await using (screen.ConfigureAwait(false))
        {
            try
            {
                var viewer = new Viewer(screen, either.Token);
                await viewer.GreetAsync().ConfigureAwait(false);
                await viewer.SeeAsync().ConfigureAwait(false);
                return viewer.ToPng();
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new ConsoleUnavailableException("The screen does not answer.", e);
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                throw new ConsoleUnavailableException($"The screen cannot be read: {e.Message}", e);
            }
        }
    }

    private sealed class Viewer(Stream screen, CancellationToken cancellationToken)
    {
        private const int MostPixels = 9_000_000;
        private const int MostText = 1 << 20;
        private const int Raw = 0;
        private const int DesktopSize = -223;
        private int _width;
        private int _height;
        private long _missing;
        private byte[] _pixels = [];

        public async Task GreetAsync()
        {
            await ReadAsync(12).ConfigureAwait(false);
            await SendAsync("RFB 003.008\n"u8.ToArray()).ConfigureAwait(false);
            var kinds = (await ReadAsync(1).ConfigureAwait(false))[0];
            if (!(await ReadAsync(kinds).ConfigureAwait(false)).Contains((byte)1))
            {
                throw new InvalidDataException("it asks for a password.");
            }

            await SendAsync([1]).ConfigureAwait(false);
            await ReadAsync(4).ConfigureAwait(false);

            // Shared: whoever looks at it stays.
            await SendAsync([1]).ConfigureAwait(false);
            var start = await ReadAsync(24).ConfigureAwait(false);
            await SkipAsync(BinaryPrimitives.ReadUInt32BigEndian(start.AsSpan(20))).ConfigureAwait(false);
            await SendAsync([0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]).ConfigureAwait(false);
            byte[] encodings = [2, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0];
            BinaryPrimitives.WriteInt32BigEndian(encodings.AsSpan(8), DesktopSize);
            await SendAsync(encodings).ConfigureAwait(false);
            await BeginAsync(BinaryPrimitives.ReadUInt16BigEndian(start), BinaryPrimitives.ReadUInt16BigEndian(start.AsSpan(2))).ConfigureAwait(false);
        }

        public async Task SeeAsync()
        {
            while (_missing > 0)
            {
                switch ((await ReadAsync(1).ConfigureAwait(false))[0])
                {
                    case 0:
                        var head = await ReadAsync(3).ConfigureAwait(false);
                        await UpdateAsync(BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1))).ConfigureAwait(false);
                        break;
                    case 1:
                        var colours = await ReadAsync(5).ConfigureAwait(false);
                        await SkipAsync(6u * BinaryPrimitives.ReadUInt16BigEndian(colours.AsSpan(3))).ConfigureAwait(false);
                        break;
                    case 2:
                        break;
                    case 3:
                        var text = await ReadAsync(7).ConfigureAwait(false);
                        await SkipAsync(BinaryPrimitives.ReadUInt32BigEndian(text.AsSpan(3))).ConfigureAwait(false);
                        break;
                    case var other:
                        throw new InvalidDataException($"it sent a message of kind {other}.");
                }
            }
        }

        public byte[] ToPng() => PngImage.Encode(_width, _height, _pixels);

        private async Task UpdateAsync(int rectangles)
        {
            for (var i = 0; i < rectangles; i++)
            {
                var head = await ReadAsync(12).ConfigureAwait(false);
                int At(int offset) => BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(offset));
                switch (BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(8)))
                {
                    case Raw:
                        await PaintAsync(At(0), At(2), At(4), At(6)).ConfigureAwait(false);
                        break;
                    case DesktopSize:
                        await BeginAsync(At(4), At(6)).ConfigureAwait(false);
                        break;
                    case var other:
                        throw new InvalidDataException($"it sent the encoding {other}.");
                }
            }
        }

        private async Task BeginAsync(int width, int height)
        {
            if (width == 0 || height == 0 || (long)width * height > MostPixels)
            {
                throw new InvalidDataException($"it has {width} by {height} pixels.");
            }

            (_width, _height, _missing) = (width, height, (long)width * height);
            _pixels = new byte[width * height * 3];
            var request = new byte[10];
            request[0] = 3;
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(6), (ushort)width);
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(8), (ushort)height);
            await SendAsync(request).ConfigureAwait(false);
        }

        private async Task PaintAsync(int x, int y, int width, int height)
        {
            if (x + width > _width || y + height > _height)
            {
                throw new InvalidDataException("it painted beyond its edge.");
            }

            for (var row = y; row < y + height; row++)
            {
                var line = await ReadAsync(width * 4).ConfigureAwait(false);
                for (var column = 0; column < width; column++)
                {
                    // Least byte first: blue, green, red, nothing.
                    var to = ((row * _width) + x + column) * 3;
                    (_pixels[to], _pixels[to + 1], _pixels[to + 2]) = (line[(column * 4) + 2], line[(column * 4) + 1], line[column * 4]);
                }
            }

            _missing -= (long)width * height;
        }

        private async Task SkipAsync(uint bytes)
        {
            if (bytes > MostText)
            {
                throw new InvalidDataException("it sent a text without end.");
            }

            await ReadAsync((int)bytes).ConfigureAwait(false);
        }

        private async Task<byte[]> ReadAsync(int count)
        {
            var bytes = new byte[count];
            await screen.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return bytes;
        }

        private async Task SendAsync(byte[] bytes)
        {
            await screen.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            await screen.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
