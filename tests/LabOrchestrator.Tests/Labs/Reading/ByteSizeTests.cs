namespace LabOrchestrator.Labs.Reading;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("512MiB", 512L << 20)]
    [InlineData("512Mi", 512L << 20)]
    [InlineData("1 GiB", 1L << 30)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("2GB", 2_000_000_000)]
    [InlineData("3kB", 3_000)]
    [InlineData("3KB", 3_000)]
    [InlineData("3KiB", 3_072)]
    [InlineData("1TiB", 1L << 40)]
    [InlineData("0.000001kB", 0)]
    [InlineData("999999999999TiB", long.MaxValue)]
    public void Sizes_have_units(string text, long bytes)
    {
        ByteSize.Parse(text, out var read).ShouldBe(ByteSize.Outcome.Read);
        read.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("512", ByteSize.Outcome.WithoutUnit)]
    [InlineData("0.5", ByteSize.Outcome.WithoutUnit)]
    [InlineData("512M", ByteSize.Outcome.Unknown)]
    [InlineData("512mib", ByteSize.Outcome.Unknown)]
    [InlineData("-1GiB", ByteSize.Outcome.Unknown)]
    [InlineData("1e3MiB", ByteSize.Outcome.Unknown)]
    [InlineData("1GiB\n", ByteSize.Outcome.Unknown)]
    [InlineData("GiB", ByteSize.Outcome.Unknown)]
    [InlineData("", ByteSize.Outcome.Unknown)]
    public void What_is_no_size_is_told_apart(string text, object outcome) => ByteSize.Parse(text, out _).ShouldBe((ByteSize.Outcome)outcome);

    [Theory]
    [InlineData(16L << 20, "16MiB")]
    [InlineData(1L << 40, "1TiB")]
    [InlineData(3L << 29, "1536MiB")]
    [InlineData(1000, "1000B")]
    [InlineData(0, "0B")]
    public void A_size_is_shown_in_its_shortest_exact_form(long bytes, string text) => ByteSize.Format(bytes).ShouldBe(text);
}
