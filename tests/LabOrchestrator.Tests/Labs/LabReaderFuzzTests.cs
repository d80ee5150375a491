using System.Text;

namespace LabOrchestrator.Labs;

/// <summary>Labs damaged at random, always in the same way: reading never throws, and what it accepts the schema accepts.</summary>
public sealed class LabReaderFuzzTests
{
    private const int Rounds = 3000;
    private static readonly SmallJsonSchema Schema = new(LabSchema.Json);

    private static readonly string[] Pieces =
    [
        "~", "null", "true", "-1", "0", "1e999", ".inf", "0x10", "\"\"", "''", "[]", "{}", "[[", "]]", "{{", "}}", "? ", ": ", "- ", "\t", "\n",
        "\r\n", "|", ">", "|+9", "&a", "*a", "!!binary x", "!<tag:x>", "%YAML 3.0\n---\n", "---\n", "...\n", "#", "<<: *a", "\u0000", "\uFEFF",
        "\u2028", "\uD83D\uDE00", "\"\\uD800\"", "\"\\x00\"", "999999999999999999999999", "10.0.0.0/0", "255.255.255.255", "../../x", "/",
        "1GiB", "999999999999TiB", "terminal", "tiny-vm", "graphical", "web", "lab", "name: a\n", "machines:\n", "port: 70000", "@", "`",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Reading_a_damaged_lab_never_throws(int seed)
    {
        var random = new Random(seed);
        var accepted = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var yaml = Damage(FullLab.Yaml, random);

            var reading = LabReader.Read(FullLab.FilesOf(yaml), TestImages.All);

            (reading.Definition is null).ShouldBe(!reading.Mistakes.IsEmpty, yaml);
            if (reading.Definition is not null)
            {
                accepted++;
                Schema.Errors(YamlAsJson.Of(yaml)).ShouldBeEmpty(yaml);
            }
        }

        // Some damage is harmless; if none or all were accepted, the rounds would prove nothing.
        accepted.ShouldBeInRange(Rounds / 200, Rounds / 2);
    }

    [Fact]
    public void Reading_random_bytes_never_throws()
    {
        var random = new Random(4);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            var files = new LabFiles([KeyValuePair.Create("lab.yaml", (ReadOnlyMemory<byte>)bytes)]);

            LabReader.Read(files, TestImages.All).Mistakes.ShouldNotBeEmpty();
        }
    }

    private static string Damage(string yaml, Random random)
    {
        var text = new StringBuilder(yaml);
        for (var change = random.Next(1, 4); change > 0 && text.Length > 0; change--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(6))
            {
                case 0:
                    text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at));
                    break;
                case 1:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 2:
                    text[at] = (char)random.Next(0x20, 0x7f);
                    break;
                case 3:
                    ReplaceValue(text, random);
                    break;
                case 4:
                    RepeatLine(text, random);
                    break;
                default:
                    text.Length = random.Next(20) == 0 ? at : text.Length;
                    text.Insert(Math.Min(at, text.Length), ' ');
                    break;
            }
        }

        return text.ToString();
    }

    private static void ReplaceValue(StringBuilder text, Random random)
    {
        var lines = text.ToString().Split('\n');
        var line = random.Next(lines.Length);
        var colon = lines[line].IndexOf(": ", StringComparison.Ordinal);
        lines[line] = colon < 0 ? lines[line] : lines[line][..(colon + 2)] + Pieces[random.Next(Pieces.Length)];
        text.Clear().AppendJoin('\n', lines);
    }

    private static void RepeatLine(StringBuilder text, Random random)
    {
        var lines = text.ToString().Split('\n').ToList();
        lines.Insert(random.Next(lines.Count), lines[random.Next(lines.Count)]);
        text.Clear().AppendJoin('\n', lines);
    }
}
