using System.Formats.Tar;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace LabOrchestrator.EndToEnd;

/// <summary>What is saved comes back, and nothing is lost on the way.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-backup-").FullName;
    private ServerProcess _server = null!;

    private string File => Path.Combine(_folder, "saved.tar");

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync("memory");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_backup_of_a_running_server_brings_back_accounts_labs_and_logins_and_keeps_what_came_after_it_aside()
    {
        using var before = await _server.SignInAsync();
        await AddUserAsync(before, "saved");
        var (instance, password) = await StartLabAsync(before);
        var (status, said) = await _server.RunAsync("backup", File);
        status.ShouldBe(0, said);
        said.ShouldContain(File);
        System.IO.File.GetUnixFileMode(File).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await AddUserAsync(before, "later");
        await _server.StopAsync();

        // Another key than the backup's, as on a new machine.
        System.IO.File.Delete(Path.Combine(_server.DataDirectory, "secrets.key"));
        await _server.LaunchAsync();
        await _server.StopAsync();
        var lostKey = await System.IO.File.ReadAllTextAsync(Path.Combine(_server.DataDirectory, "secrets.key"), Token);
        (status, said) = await _server.RunAsync("restore", File);
        status.ShouldBe(0, said);
        said.ShouldNotContain("another installation");

        await _server.LaunchAsync();
        using var after = await _server.SignInAsync("saved", "correct-horse-8");
        using var tokenOfBefore = await before.GetAsync(new Uri("/api/v1/users", UriKind.Relative), Token);
        var names = (await tokenOfBefore.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("items").EnumerateArray().Select(u => u.GetProperty("name").GetString());
        names.ShouldBe(["admin", "saved"]);
        (await PasswordAsync(before, instance)).ShouldBe(password);

        var aside = Directory.GetFileSystemEntries(_server.DataDirectory, "*.before_restore_*");
        aside.Select(a => Path.GetFileName(a).Split('.')[0]).ShouldBe(["postgres", "secrets"], ignoreOrder: true);
        aside.ShouldAllBe(a => said.Contains(a));
        System.IO.File.Exists(Path.Combine(aside.Single(Directory.Exists), "PG_VERSION")).ShouldBeTrue();
        (await System.IO.File.ReadAllTextAsync(aside.Single(System.IO.File.Exists), Token)).ShouldBe(lostKey);
        Directory.GetFileSystemEntries(_server.DataDirectory, ".work-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_does_not_run_is_backed_up_too_and_its_database_is_stopped_again()
    {
        await _server.StopAsync();

        var (status, said) = await _server.RunAsync("backup", File);

        status.ShouldBe(0, said);
        System.IO.File.Exists(Path.Combine(_server.DataDirectory, "postgres", "postmaster.pid")).ShouldBeFalse();
        (await _server.RunAsync("restore", File)).Status.ShouldBe(0);
        await _server.LaunchAsync();
        (await _server.SignInAsync()).Dispose();
    }

    [Fact]
    public async Task What_cannot_be_restored_is_refused_with_the_remedy_and_changes_nothing()
    {
        (await _server.RunAsync("backup", File)).Status.ShouldBe(0);
        await RefusedAsync("is running. Stop it", "restore", File);
        await RefusedAsync("exists already", "backup", File);
        await _server.StopAsync();

        await RefusedAsync("Name a file that 'make backup' made", "restore", Path.Combine(_folder, "missing.tar"));
        var text = Path.Combine(_folder, "text.tar");
        await System.IO.File.WriteAllTextAsync(text, new string('x', 5000), Token);
        await RefusedAsync("is no backup", "restore", text);
        await RefusedAsync("is no backup", "restore", await ChangedAsync("foreign", "\"lab-orchestrator-backup\"", "\"something\""));
        await RefusedAsync("holds schema 999", "restore", await ChangedAsync("newer", "\"schema\": ", "\"schema\": 999"));
        await RefusedAsync("newer program", "restore", await ChangedAsync("format", "\"format\": 1", "\"format\": 2"));
        await RefusedAsync("damaged", "restore", await ChangedAsync("damaged", "\"secrets.key\": \"", "\"secrets.key\": \"0"));
        var cut = Path.Combine(_folder, "cut.tar");
        await System.IO.File.WriteAllBytesAsync(cut, (await System.IO.File.ReadAllBytesAsync(File, Token))[..^20_000], Token);
        await RefusedAsync("damaged", "restore", cut);

        Directory.GetFileSystemEntries(_server.DataDirectory, "*restore*").ShouldBeEmpty();
        await _server.LaunchAsync();
        (await _server.SignInAsync()).Dispose();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task RefusedAsync(string because, params string[] words)
    {
        var (status, said) = await _server.RunAsync(words);
        status.ShouldBe(1, said);
        said.ShouldContain(because);
        said.ShouldNotContain("   at ");
    }

    // The backup with another manifest.
    private async Task<string> ChangedAsync(string name, string from, string to)
    {
        var path = Path.Combine(_folder, $"{name}.tar");
        await using var source = new TarReader(System.IO.File.OpenRead(File));
        await using var target = new TarWriter(System.IO.File.Create(path));
        while (await source.GetNextEntryAsync(copyData: true, Token) is { } entry)
        {
            if (entry.Name == "backup.json")
            {
                var text = await new StreamReader(entry.DataStream!).ReadToEndAsync(Token);
                text.ShouldContain(from);
                entry = new PaxTarEntry(TarEntryType.RegularFile, entry.Name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal))) };
            }

            await target.WriteEntryAsync(entry, Token);
        }

        return path;
    }

    private static async Task AddUserAsync(HttpClient admin, string name)
    {
        using var answer = await admin.PostAsJsonAsync("/api/v1/users", new { name, password = "correct-horse-8" }, Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    private static async Task<(long Instance, string Password)> StartLabAsync(HttpClient admin)
    {
        var labs = await admin.GetFromJsonAsync<JsonElement>("/api/v1/labs", Token);
        var lab = labs.EnumerateArray().First(l => l.GetProperty("name").GetString() == "client-and-server").GetProperty("id").GetInt64();
        using var answer = await admin.PostAsJsonAsync("/api/v1/instances", new { labId = lab }, Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var instance = (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("id").GetInt64();
        var password = "";
        await Wait.UntilAsync(
            async () => (password = await PasswordAsync(admin, instance)).Length > 0, TimeSpan.FromSeconds(60), () => "The instance has no credentials.");
        return (instance, password);
    }

    private static async Task<string> PasswordAsync(HttpClient client, long instance)
    {
        var detail = await client.GetFromJsonAsync<JsonElement>($"/api/v1/instances/{instance}", Token);
        return detail.GetProperty("machines").EnumerateArray()
            .Where(m => m.GetProperty("name").GetString() == "server")
            .SelectMany(m => m.GetProperty("credentials").EnumerateArray())
            .Select(c => c.GetProperty("password").GetString()!)
            .FirstOrDefault("");
    }
}
