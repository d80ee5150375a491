using System.Text.RegularExpressions;
using LabOrchestrator.Labs.Reading;

namespace LabOrchestrator.Labs;

public sealed class LabDocumentationTests
{
    private const string Page = "docs/reference/lab-yaml.md";
    private const string Begin = "<!-- keys -->\n";
    private const string End = "<!-- /keys -->";

    [Fact]
    public void The_tables_of_the_reference_page_are_those_of_the_code()
    {
        var page = File.ReadAllText(RepositoryDocument.PathOf(Page));
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);

        RepositoryDocument.ShouldBe(Page, $"{page[..begin]}\n{LabReferenceTables.Write()}{page[end..]}");
    }

    [Theory]
    [InlineData("docs/how-to/write-a-lab.md", 5)]
    public void Labs_in_the_documentation_have_no_mistakes(string path, int count)
    {
        var text = File.ReadAllText(RepositoryDocument.PathOf(path));
        var labs = Regex.Matches(text, "```yaml\n(name: .*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value).ToList();

        labs.Count.ShouldBe(count);
        foreach (var lab in labs)
        {
            LabReader.Read(LabFiles.FromDefinition(lab), TestImages.All).Mistakes.ShouldBeEmpty(lab);
        }
    }

    [Fact]
    public void The_example_of_every_key_is_right()
    {
        foreach (var key in LabFormat.AllMaps().SelectMany(m => m.Keys))
        {
            var mistakes = new MistakeList();
            var source = SourceParser.Parse(key.Example, mistakes).ShouldNotBeNull(key.Example);
            new ShapeReader(mistakes).Read(key.Shape, source, key.Name);

            mistakes.ToImmutable().ShouldBeEmpty(key.Name);
        }
    }
}
