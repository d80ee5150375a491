using System.Diagnostics;
using System.Globalization;

namespace LabOrchestrator.Server.Tests.Hosting;

public sealed class ServerProcessTests : IDisposable
{
    private readonly DirectoryInfo _folder = TestFolders.New();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task It_says_where_it_is_and_ends_with_its_database_within_five_seconds(string signal)
    {
        var port = ServerProcess.FreePort();
        var watch = Stopwatch.StartNew();
        await using var server = ServerProcess.Start(_folder.FullName, ("Http__Port", $"{port}"), ("Http__Prot", "1"));
        await server.WaitForAsync("Sign in as admin with the password ");
        var began = watch.Elapsed;
        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri($"http://localhost:{port}/healthz/live"))).ShouldBe("live\n");
        (await client.GetStringAsync(new Uri($"http://[::1]:{port}/healthz/live"))).ShouldBe("live\n");
        watch.Restart();

        await server.SignalAsync(signal);

        // On a machine with much else to do, no longer than it began with a new database.
        var limit = TimeSpan.FromSeconds(5);
        (await server.EndAsync()).ShouldBe(0, server.Output);
        watch.Elapsed.ShouldBeLessThan(began > limit ? began : limit);
        server.Output.ShouldContain($"The Lab Orchestrator is at http://localhost:{port}/");
        server.Output.ShouldContain("Did you mean LABORCHESTRATOR_Http__Port?");
        Processes(_folder.FullName).ShouldBeEmpty("the database has ended too");
    }

    [Fact]
    public async Task A_wrong_setting_ends_it_at_once_with_a_sentence_and_no_stack_trace()
    {
        await using var server = ServerProcess.Start(_folder.FullName, ("Http__Listen", "0.0.0.0"), ("Limits__Instances", "many"));

        (await server.EndAsync()).ShouldBe(1);

        server.Output.Trim().Split('\n').Length.ShouldBe(2, server.Output);
        server.Output.ShouldContain("ERROR: LABORCHESTRATOR_Limits__Instances must be a whole number, not \"many\".");
        server.Output.ShouldContain("LABORCHESTRATOR_Http__Listen");
    }

    [Fact]
    public async Task A_second_server_on_one_data_directory_or_port_says_so_and_ends()
    {
        var port = ServerProcess.FreePort();
        await using var first = ServerProcess.Start(_folder.FullName, ("Http__Port", $"{port}"));
        await first.WaitForAsync("The Lab Orchestrator is at");
        var other = TestFolders.New();

        await using var second = ServerProcess.Start(_folder.FullName, ("Http__Port", "0"));
        (await second.EndAsync()).ShouldBe(1);
        await using var third = ServerProcess.Start(other.FullName, ("Http__Port", $"{port}"));
        (await third.EndAsync()).ShouldBe(1);

        second.Output.ShouldContain("Another server uses the data directory");
        second.Output.ShouldNotContain("   at ");
        third.Output.ShouldContain($"ERROR: Port {port} is taken by another program");
        third.Output.ShouldNotContain("   at ");
        Processes(other.FullName).ShouldBeEmpty("the third server's database has ended");
        other.Delete(recursive: true);
    }

    [Fact]
    public async Task Killed_and_started_again_it_goes_on_with_its_orphaned_database()
    {
        var port = ServerProcess.FreePort();
        (string, string)[] settings = [("Http__Port", $"{port}"), ("Admin__Password", ServerFixture.AdminPassword)];
        var watch = Stopwatch.StartNew();
        TimeSpan withNewDatabase;
        await using (var first = ServerProcess.Start(_folder.FullName, settings))
        {
            await first.WaitForAsync("Sign in as admin");
            withNewDatabase = watch.Elapsed;
            await first.SignalAsync("KILL");
            await first.EndAsync();
        }

        watch.Restart();
        await using var second = ServerProcess.Start(_folder.FullName, settings);
        await second.WaitForAsync("Sign in as admin");

        // On a machine with much else to do, no longer than the start that made the database.
        var limit = TimeSpan.FromSeconds(15);
        watch.Elapsed.ShouldBeLessThan(withNewDatabase > limit ? withNewDatabase : limit);
        await second.SignalAsync("INT");
        (await second.EndAsync()).ShouldBe(0);
        Processes(_folder.FullName).ShouldBeEmpty();
    }

    private static List<string> Processes(string folder) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(CommandLine)
            .Where(c => c.Contains(folder, StringComparison.Ordinal)),
    ];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
