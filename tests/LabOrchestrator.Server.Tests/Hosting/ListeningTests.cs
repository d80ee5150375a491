using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Hosting;
using LabOrchestrator.Server.Tests.Users;

namespace LabOrchestrator.Server.Tests.Hosting;

public sealed class ListeningTests
{
    [Fact]
    public async Task A_self_signed_certificate_is_made_once_and_the_session_is_then_for_https_alone()
    {
        await using var server = await ServerFixture.StartAsync([KeyValuePair.Create("Http__SelfSigned", (string?)"true")]);
        var (first, cookie) = await SignInAsync(server);

        await server.RestartAsync();

        var (second, _) = await SignInAsync(server);
        second.ShouldBe(first);
        server.Address.Scheme.ShouldBe("https");
        cookie.ShouldStartWith("__Host-lab-session=");
        cookie.ShouldContain("secure", Case.Insensitive);
        File.GetUnixFileMode(Path.Combine(server.Folder, "tls", "self-signed.pfx")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_certificate_in_pem_is_served_and_a_broken_one_refused_in_a_sentence()
    {
        var folder = Directory.CreateTempSubdirectory("certificate");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=labs.example.org", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        var certificate = Path.Combine(folder.FullName, "cert.pem");
        var keyFile = Path.Combine(folder.FullName, "key.pem");
        await File.WriteAllTextAsync(certificate, made.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        await using (var server = await ServerFixture.StartAsync(new Dictionary<string, string?>
        {
            ["Http__Certificate"] = certificate,
            ["Http__CertificateKey"] = keyFile,
        }))
        {
            (await SignInAsync(server)).Certificate.ShouldBe(made.Thumbprint);
        }

        var refusal = await Should.ThrowAsync<SettingsException>(ServerFixture.StartAsync([KeyValuePair.Create("Http__Certificate", (string?)keyFile)]));

        refusal.Sentences.Single().ShouldStartWith("LABORCHESTRATOR_Http__Certificate could not be loaded from");
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Behind_a_proxy_its_words_count_and_otherwise_nobodys()
    {
        await using var behind = await ServerFixture.StartAsync([KeyValuePair.Create("Http__BehindProxy", (string?)"true")]);
        await using var alone = await ServerFixture.StartAsync();

        (await CookieAsync(behind)).ShouldStartWith("__Host-");
        (await CookieAsync(alone)).ShouldNotStartWith("__Host-");
    }

    [Fact]
    public void An_address_that_this_machine_has_not_is_refused_before_anything_is_made()
    {
        var refusal = Should.Throw<SettingsException>(() => Listening.CheckPort(new HttpOptions { Listen = "192.0.2.1", Port = 0 }));

        refusal.Sentences.Single().ShouldContain("set LABORCHESTRATOR_Http__Listen to an address of this machine");
    }

    [Theory]
    [InlineData(SocketError.AccessDenied, "set LABORCHESTRATOR_Http__Port to 1024 or above")]
    [InlineData(SocketError.AddressAlreadyInUse, "Port 80 is taken by another program")]
    [InlineData(SocketError.AddressNotAvailable, "set LABORCHESTRATOR_Http__Listen to an address of this machine")]
    public void What_keeps_it_from_listening_is_said_with_its_remedy(SocketError error, string remedy)
    {
        var refusal = ServerRun.Explain(new IOException("It failed.", new SocketException((int)error)), new HttpOptions { Port = 80 });

        refusal.Sentences.Single().ShouldContain(remedy);
    }

    private static async Task<string> CookieAsync(ServerFixture server)
    {
        using var client = server.Client();
        var request = SessionTests.SignIn(ServerFixture.AdminName, ServerFixture.AdminPassword);
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "labs.example.org");
        using var answer = await client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return answer.Headers.GetValues("Set-Cookie").Single();
    }

    private static async Task<(string Certificate, string Cookie)> SignInAsync(ServerFixture server)
    {
        var seen = "";
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            seen = ((X509Certificate2)certificate!).Thumbprint;
            return seen.Length > 0;
        };
        using var client = new HttpClient(handler) { BaseAddress = server.Address };
        using var answer = await client.SendAsync(SessionTests.SignIn(ServerFixture.AdminName, ServerFixture.AdminPassword));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return (seen, answer.Headers.GetValues("Set-Cookie").Single());
    }
}
