using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace LabOrchestrator.EndToEnd;

/// <summary>A running lab of two container machines with a web server each, which write down what they are asked.</summary>
public class WebPortLab : IAsyncLifetime
{

    // What every image of Debian has: Perl. /log answers with all requests so far, /ws is a WebSocket that says again what it hears.
    private const string Program = """
        use IO::Socket; $SIG{CHLD} = 'IGNORE'; $| = 1;
        my $listener = IO::Socket::INET->new(LocalPort => 8080, Listen => 50, ReuseAddr => 1) or die;
        while (my $client = $listener->accept) {
          next if fork;
          my $head = '';
          while ($head !~ /\r\n\r\n/) { sysread($client, my $some, 4096) or exit; $head .= $some }
          open(my $log, '>>', '/tmp/log'); print $log $head; close $log;
          my ($path) = $head =~ m{^\S+ ([^ ?]+)};
          if (my ($key) = $head =~ /Sec-WebSocket-Key: (\S+)/i) {
            chomp(my $accept = `printf %s ${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11 | openssl dgst -sha1 -binary | base64`);
            syswrite($client, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: $accept\r\n\r\n");
            while (sysread($client, my $start, 2) == 2) {
              my $length = ord(substr($start, 1)) & 127;
              sysread($client, my $mask, 4); sysread($client, my $data, $length);
              syswrite($client, chr(0x81) . chr($length) . ($data ^ substr($mask x 32, 0, $length)));
            }
            exit;
          }
          my $type = $path =~ /\.js$/ ? 'text/javascript' : 'text/html';
          my $body = $path eq '/log' ? `cat /tmp/log` : $path =~ /\.js$/ ? "addEventListener('fetch', () => {})"
            : "<!DOCTYPE html><title>Page of $ENV{NAME}</title><h1>Page of $ENV{NAME}</h1>";
          my $cookie = $path eq '/' ? "Set-Cookie: machine=1; Path=/\r\n" : '';
          print $client "HTTP/1.1 200 OK\r\nContent-Type: $type\r\nContent-Length: " . length($body) . "\r\n${cookie}Connection: close\r\n\r\n$body";
          exit;
        }
        """;

    /// <summary>The server.</summary>
    internal ServerProcess Server { get; private set; } = null!;

    /// <summary>A client that is its admin.</summary>
    internal HttpClient Admin { get; private set; } = null!;

    /// <summary>The instance.</summary>
    internal long Instance { get; private set; }

    /// <summary>What is set differently.</summary>
    protected virtual Dictionary<string, string> Settings { get; } = [];

    public async ValueTask InitializeAsync()
    {
        Server = await ServerProcess.StartAsync("docker", Settings);
        Admin = await Server.SignInAsync();
        var labId = await ImportAsync();
        using var started = await Admin.PostAsJsonAsync("/api/v1/instances", new { labId });
        Instance = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt64();
        await Wait.UntilAsync(
            async () => (await Admin.GetFromJsonAsync<JsonElement>($"/api/v1/instances/{Instance}")).GetProperty("phase").GetString() == "Running",
            TimeSpan.FromSeconds(60),
            () => Server.Log);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Admin?.Dispose();
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }

    /// <summary>Where a machine's page is.</summary>
    internal Uri HostOf(string machine) => new($"http://8080--{machine}--{Instance}.localhost:{Server.Port}/");

    /// <summary>How many tokens the admin has.</summary>
    internal async Task<int> TokensAsync() => (await Admin.GetFromJsonAsync<JsonElement>("/api/v1/tokens")).GetArrayLength();

    private async Task<long> ImportAsync()
    {
        var command = JsonSerializer.Serialize(new[] { "perl", "-e", Program });
        var yaml = new StringBuilder("name: web-ports\ntitle: Web ports\nmachines:\n");
        foreach (var machine in new[] { "evil", "victim" })
        {
            yaml.Append(
                CultureInfo.InvariantCulture,
                $"  - {{name: {machine}, image: terminal, environment: {{NAME: {machine}}}, consoles: [{{kind: web, port: 8080}}, terminal], command: {command}}}\n");
        }

        using var content = new StringContent(yaml.ToString(), null, "application/yaml");
        using var answer = await Admin.PostAsync("/api/v1/labs", content);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt64();
    }
}
