using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Gateway;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>What is answered before, and at, the upgrade.</summary>
public sealed class OpeningTests
{
    [Fact]
    public async Task A_ticket_opens_one_console_however_many_try_at_once()
    {
        await using var host = await GatewayHost.StartAsync();
        var ticket = await host.TicketAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => host.TryAsync(ticket))));

        answers.Count(a => a.StatusCode == HttpStatusCode.SwitchingProtocols).ShouldBe(1);
        answers.Count(a => a.StatusCode == HttpStatusCode.Forbidden).ShouldBe(49);
        host.Machines.Dialled.ShouldBe(1);
        Array.ForEach(answers, a => a.Dispose());
    }

    [Theory]
    [InlineData(29, HttpStatusCode.SwitchingProtocols)]
    [InlineData(31, HttpStatusCode.Forbidden)]
    public async Task A_ticket_works_for_thirty_seconds(int age, HttpStatusCode expected)
    {
        await using var host = await GatewayHost.StartAsync();
        var ticket = await host.TicketAsync();
        host.Time.Advance(TimeSpan.FromSeconds(age));

        using var answer = await host.TryAsync(ticket);

        answer.StatusCode.ShouldBe(expected);
    }

    [Fact]
    public async Task An_unknown_ticket_is_forbidden_and_a_missing_one_is_named()
    {
        await using var host = await GatewayHost.StartAsync();

        (await ProblemAsync(await host.TryAsync("nonsense"), 403)).ShouldContain("Ask for a new one");
        using var missing = await host.TryAsync("");
        missing.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await missing.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").TryGetProperty("ticket", out var _).ShouldBeTrue();
    }

    [Fact]
    public async Task What_keeps_a_console_from_opening_has_its_own_status()
    {
        await using var host = await GatewayHost.StartAsync(new GatewayTimes { DialWithin = TimeSpan.FromMilliseconds(200) });
        async Task<string> Try(int status) => await ProblemAsync(await host.TryAsync(await host.TicketAsync()), status);

        host.Machines.Answer = new ConsoleResolution.Unknown("There is no such machine.");
        (await Try(404)).ShouldBe("There is no such machine.");
        host.Machines.Answer = new ConsoleResolution.Forbidden();
        await Try(403);
        host.Machines.Answer = new ConsoleResolution.NotNow("The machine is powered off.");
        (await Try(409)).ShouldBe("The machine is powered off.");
        host.Machines.Answer = null;
        host.Machines.Failure = new ConsoleUnavailableException("The machine does not run.");
        (await Try(409)).ShouldBe("The machine does not run.");
        host.Machines.Failure = new RuntimeUnavailableException("The engine is away.");
        (await Try(503)).ShouldBe("The engine is away.");
        host.Machines.Failure = null;
        host.Machines.Hangs = true;
        (await Try(503)).ShouldContain("did not accept the console");
        host.Consoles.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData("http://{host}", HttpStatusCode.SwitchingProtocols)]
    [InlineData("https://{host}", HttpStatusCode.SwitchingProtocols)]
    [InlineData(null, HttpStatusCode.SwitchingProtocols)]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData("http://{host}.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    public async Task Only_a_page_of_the_same_host_opens_a_console(string? origin, HttpStatusCode expected)
    {
        await using var host = await GatewayHost.StartAsync();
        var ticket = await host.TicketAsync();

        using var answer = await host.TryAsync(ticket, r =>
        {
            if (origin is not null)
            {
                r.Headers.TryAddWithoutValidation("Origin", origin.Replace("{host}", host.Address.Authority, StringComparison.Ordinal));
            }
        });

        answer.StatusCode.ShouldBe(expected);
        if (expected == HttpStatusCode.Forbidden)
        {
            using var again = await host.TryAsync(ticket);
            again.StatusCode.ShouldBe(HttpStatusCode.SwitchingProtocols, "another page must not use the ticket up");
        }
    }

    [Theory]
    [InlineData("Upgrade", "", 426)]
    [InlineData("Upgrade", "h2c", 426)]
    [InlineData("Sec-WebSocket-Version", "12", 426)]
    [InlineData("Sec-WebSocket-Key", "short", 400)]
    [InlineData("Sec-WebSocket-Key", "", 400)]
    public async Task A_broken_handshake_is_refused_and_leaves_the_ticket(string header, string value, int status)
    {
        await using var host = await GatewayHost.StartAsync();
        var ticket = await host.TicketAsync();

        await ProblemAsync(
            await host.TryAsync(ticket, r =>
            {
                r.Headers.Remove(header);
                if (value.Length > 0)
                {
                    r.Headers.TryAddWithoutValidation(header, value);
                }
            }),
            status);

        using var again = await host.TryAsync(ticket);
        again.StatusCode.ShouldBe(HttpStatusCode.SwitchingProtocols);
        again.Headers.GetValues("Sec-WebSocket-Accept").ShouldBe(["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]);
        again.Headers.Contains("Sec-WebSocket-Extensions").ShouldBeFalse();
    }

    [Fact]
    public async Task An_old_viewer_gets_the_subprotocol_binary_and_no_other()
    {
        await using var host = await GatewayHost.StartAsync();

        foreach (var (asked, answered) in new[] { (new[] { "base64", "binary" }, "binary"), (["chat"], null) })
        {
            using var answer = await host.TryAsync(await host.TicketAsync(), r => r.Headers.Add("Sec-WebSocket-Protocol", asked));
            answer.Headers.TryGetValues("Sec-WebSocket-Protocol", out var values);
            values?.SingleOrDefault().ShouldBe(answered);
            (values is null).ShouldBe(answered is null);
        }
    }

    [Fact]
    public async Task A_console_works_over_http_2()
    {
        await using var host = await GatewayHost.StartAsync(protocols: HttpProtocols.Http2);
        using var browser = new ClientWebSocket();
        browser.Options.HttpVersion = HttpVersion.Version20;
        browser.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        await browser.ConnectAsync(host.WebSocketAddress(await host.TicketAsync()), http, default);
        using var machine = await host.Machines.AcceptAsync();
        var said = Noise.Bytes(4 << 20, 1);

        var sending = Task.Run(() => machine.SendAsync(said));
        (await browser.ReceiveAsync(said.Length)).AsSpan().SequenceEqual(said).ShouldBeTrue();
        await sending;
        byte[] answer = [.. "RFB 003.008\n"u8];
        await browser.SendAsync(answer);

        (await machine.ReceiveAsync(answer.Length)).ShouldBe(answer);
        machine.Dispose();
        (await browser.WaitForCloseAsync()).ShouldBe((1000, "machine-ended"));
    }

    [Fact]
    public async Task A_console_works_over_tls_and_never_passes_it_by()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await using var host = await GatewayHost.StartAsync(certificate: certificate);
        using var browser = new ClientWebSocket();
        browser.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.Thumbprint;
        await browser.ConnectAsync(host.WebSocketAddress(await host.TicketAsync()), default);
        using var machine = await host.Machines.AcceptAsync();
        var said = Noise.Bytes(8 << 20, 1);

        var sending = Task.Run(() => machine.SendAsync(said));
        (await browser.ReceiveAsync(said.Length)).AsSpan().SequenceEqual(said).ShouldBeTrue();
        await sending;

        host.Consoles.All.Single().Browser!.SendsDirectly.ShouldBeFalse();
        machine.Dispose();
        (await browser.WaitForCloseAsync()).ShouldBe((1000, "machine-ended"));
    }

    [Fact]
    public async Task A_console_outlives_the_limit_on_requests()
    {
        await using var host = await GatewayHost.StartAsync(configure: b => b.Services.AddRequestTimeouts(
            o => o.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromMilliseconds(300) }));
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        using var __ = machine;

        await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System);
        await machine.SendAsync(new byte[1000]);

        (await browser.ReceiveAsync(1000)).Length.ShouldBe(1000);
    }

    private static async Task<string> ProblemAsync(HttpResponseMessage answer, int status)
    {
        using (answer)
        {
            ((int)answer.StatusCode).ShouldBe(status);
            answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
            problem.GetProperty("status").GetInt32().ShouldBe(status);
            return problem.GetProperty("detail").GetString()!;
        }
    }
}
