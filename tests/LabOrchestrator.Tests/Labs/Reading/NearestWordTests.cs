namespace LabOrchestrator.Labs.Reading;

public sealed class NearestWordTests
{
    private static readonly string[] Keys = ["name", "memory", "networks", "image", "consoles"];

    [Theory]
    [InlineData("memroy", "memory")]
    [InlineData("Memory", "memory")]
    [InlineData("network", "networks")]
    [InlineData("imgae", "image")]
    [InlineData("console", "consoles")]
    public void What_was_meant_is_found(string word, string meant) => NearestWord.Of(word, Keys)[0].ShouldBe(meant);

    [Theory]
    [InlineData("ports")]
    [InlineData("x")]
    [InlineData("")]
    public void What_is_far_from_all_is_not_guessed(string word) => NearestWord.Of(word, Keys).ShouldBeEmpty();

    [Fact]
    public void A_very_long_word_costs_nothing() => NearestWord.Of(new string('n', 1_000_000), Keys).ShouldBeEmpty();
}
