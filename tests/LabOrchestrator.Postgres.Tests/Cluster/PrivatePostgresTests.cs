using System.Diagnostics;
using LabOrchestrator.Conformance;
using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Stores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LabOrchestrator.Postgres.Cluster;

public sealed class PrivatePostgresTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string[] AsItsUser =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];

    [Fact]
    public async Task Rows_outlive_a_clean_stop()
    {
        using var folder = new TestFolder();
        await using (var first = await StartAsync(folder))
        {
            await ExecuteAsync(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)");
        }

        await using var second = await StartAsync(folder);
        await ExecuteAsync(second, "SELECT n FROM kept");
    }

    [Fact]
    public async Task A_clean_stop_leaves_no_socket_and_no_folder_of_it()
    {
        using var folder = new TestFolder();
        var cluster = await StartAsync(folder);
        var socket = new NpgsqlConnectionStringBuilder(cluster.ConnectionString).Host.ShouldNotBeNull();
        Directory.Exists(socket).ShouldBeTrue();

        await cluster.DisposeAsync();

        Directory.Exists(socket).ShouldBeFalse();
    }

    [Fact]
    public async Task It_works_in_a_folder_that_only_root_may_enter()
    {
        using var folder = new TestFolder(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var cluster = await StartAsync(folder);
        await ExecuteAsync(cluster, "SELECT 1");
    }

    [Fact]
    public async Task It_works_in_a_folder_whose_path_has_150_characters()
    {
        using var folder = new TestFolder(length: 150);
        folder.Path.Length.ShouldBe(150);
        await using var cluster = await StartAsync(folder);
        await ExecuteAsync(cluster, "SELECT 1");
    }

    [Fact]
    public async Task A_killed_postmaster_comes_back_with_its_rows()
    {
        using var folder = new TestFolder();
        await using var cluster = await StartAsync(folder);
        await ExecuteAsync(cluster, "CREATE TABLE kept (n int)");
        var database = new LabDatabase(new ContextFactory(cluster.ConnectionString));
        using (var kill = Process.Start("kill", ["-9", PostmasterOf(cluster)]))
        {
            await kill.WaitForExitAsync(Token);
        }

        await Eventually.ShowsAsync<string?>(
            async () =>
            {
                try
                {
                    await database.RunAsync(db => db.Database.ExecuteSqlAsync($"SELECT n FROM kept", Token), Token);
                    return null;
                }
                catch (StoreUnavailableException e)
                {
                    return e.Message;
                }
            },
            trouble => trouble is null);
    }

    [Fact]
    public async Task A_database_that_hangs_is_told_within_seconds_and_goes_on()
    {
        using var folder = new TestFolder();
        await using var cluster = await StartAsync(folder);
        var health = new DatabaseHealth(new LabDatabase(new ContextFactory(cluster.ConnectionString)));
        (await health.CheckAsync(Token)).ShouldBeNull();
        var postmaster = PostmasterOf(cluster);
        await SignalAsync("STOP", postmaster);
        try
        {
            var began = TimeProvider.System.GetTimestamp();

            (await health.CheckAsync(Token)).ShouldNotBeNull().ShouldContain("did not answer within");

            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(60));
        }
        finally
        {
            await SignalAsync("CONT", postmaster);
        }

        (await health.CheckAsync(Token)).ShouldBeNull();
    }

    [Fact]
    public async Task A_postmaster_left_by_a_killed_server_is_taken_over()
    {
        using var folder = new TestFolder();
        var place = ClusterPlace.For(folder.Path, null);
        await using (await StartAsync(folder))
        {
        }

        // Without a life line, as one whose shell was killed together with the server.
        ClusterFiles.MakeSocketDirectory(place.SocketDirectory);
        using var orphan = Process.Start(new ProcessStartInfo(
            "setsid",
            [.. AsItsUser, PostgresBinaries.Find(null).Program("postgres"), "-D", place.DataDirectory, "-k", place.SocketDirectory, "-c", "listen_addresses="])
        {
            WorkingDirectory = "/",
            RedirectStandardError = true,
        })!;
        await Eventually.IsSoAsync(() => orphan.HasExited || File.Exists(Path.Combine(place.SocketDirectory, ".s.PGSQL.5432")));
        orphan.HasExited.ShouldBeFalse();

        await using var cluster = await StartAsync(folder);

        await ExecuteAsync(cluster, "SELECT 1");
        orphan.WaitForExit(Eventually.Patience).ShouldBeTrue();
    }

    [Fact]
    public async Task Another_clusters_postmaster_that_has_the_number_of_ours_by_now_is_left_alone()
    {
        using var folder = new TestFolder();
        using var others = new TestFolder();
        await using (await StartAsync(folder))
        {
        }

        await using var other = await StartAsync(others);
        var postmaster = PostmasterOf(other);
        await CrashWithAsync(folder, postmaster);

        await using var cluster = await StartAsync(folder);

        await ExecuteAsync(cluster, "SELECT 1");
        await ExecuteAsync(other, "SELECT 1");
        PostmasterOf(other).ShouldBe(postmaster);
    }

    [Fact]
    public async Task Another_program_that_has_the_number_of_our_postmaster_by_now_is_left_alone()
    {
        using var folder = new TestFolder();
        await using (await StartAsync(folder))
        {
        }

        using var program = Process.Start("setsid", [.. AsItsUser, "sleep", "600"]);
        try
        {
            await CrashWithAsync(folder, $"{program.Id}");

            await using var cluster = await StartAsync(folder);

            await ExecuteAsync(cluster, "SELECT 1");
            program.HasExited.ShouldBeFalse();
        }
        finally
        {
            program.Kill();
        }
    }

    [Fact]
    public async Task A_folder_with_something_else_in_it_is_refused_and_kept()
    {
        using var folder = new TestFolder();
        var data = Directory.CreateDirectory(Path.Combine(folder.Path, "postgres"));
        await File.WriteAllTextAsync(Path.Combine(data.FullName, "thesis.txt"), "mine", Token);

        (await Should.ThrowAsync<PostgresSetupException>(() => StartAsync(folder))).Message.ShouldContain("is not empty");

        File.Exists(Path.Combine(data.FullName, "thesis.txt")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_cluster_of_a_version_that_is_not_installed_is_refused_with_the_package_to_install()
    {
        using var folder = new TestFolder();
        var data = Directory.CreateDirectory(Path.Combine(folder.Path, "postgres"));
        await File.WriteAllTextAsync(Path.Combine(data.FullName, "PG_VERSION"), "9\n", Token);

        (await Should.ThrowAsync<PostgresSetupException>(() => StartAsync(folder))).Message.ShouldContain("postgresql-9");
    }

    [Fact]
    public void A_run_folder_too_long_for_a_socket_is_refused_with_the_key_to_change() =>
        Should.Throw<PostgresSetupException>(() => ClusterPlace.For("/srv/lab", "/" + new string('x', 100))).Message.ShouldContain("Postgres__RunDirectory");

    private static async Task<PrivatePostgres> StartAsync(TestFolder folder)
    {
        var cluster = new PrivatePostgres(folder.Path, new PostgresOptions(), TimeProvider.System, NullLogger<PrivatePostgres>.Instance);
        await cluster.StartAsync(Token);
        return cluster;
    }

    private static async Task ExecuteAsync(PrivatePostgres cluster, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    // To the postmaster and all that serve its connections.
    private static async Task SignalAsync(string signal, string postmaster)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {postmaster} $(pgrep -P {postmaster})"]);
        await kill.WaitForExitAsync(Token);
    }

    // What stays when the whole machine goes down, after which another process may have the number.
    private static async Task CrashWithAsync(TestFolder folder, string number)
    {
        var place = ClusterPlace.For(folder.Path, null);
        ClusterFiles.MakeSocketDirectory(place.SocketDirectory);
        var words = $"{number}\n{place.DataDirectory}\n1700000000\n5432\n{place.SocketDirectory}\n";
        await File.WriteAllTextAsync(Path.Combine(place.DataDirectory, "postmaster.pid"), words, Token);
        await File.WriteAllTextAsync(Path.Combine(place.SocketDirectory, ".s.PGSQL.5432.lock"), words, Token);
    }

    private static string PostmasterOf(PrivatePostgres cluster) =>
        File.ReadLines(Path.Combine(cluster.ClusterDirectory, "postmaster.pid")).First();
}
