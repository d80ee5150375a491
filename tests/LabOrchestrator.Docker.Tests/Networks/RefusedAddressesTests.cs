using System.Text.RegularExpressions;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>The host's firewall and the helper's way out refuse what is nobody's on the internet, each with a list of its own.</summary>
public sealed partial class RefusedAddressesTests
{
    [Theory]
    [InlineData("firewall")]
    [InlineData("way-out")]
    public async Task Both_scripts_refuse_the_special_addresses(string script)
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(Samples.Folder, "../../images/launcher/rootfs/usr/lib/lab-orchestrator", script), TestContext.Current.CancellationToken);

        Lists().Match(text).Value.Split(", ").ShouldBe(SpecialAddresses.Ranges.Select(r => r.ToString()));
    }

    [GeneratedRegex(@"0\.0\.0\.0/8(, \d+\.\d+\.\d+\.\d+/\d+)+")]
    private static partial Regex Lists();
}
