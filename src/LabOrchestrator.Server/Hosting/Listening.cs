using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Gateway;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LabOrchestrator.Server.Hosting;

/// <summary>Where the server listens, and how it speaks there.</summary>
internal static class Listening
{
    /// <summary>Most bytes of a request's body: a lab of the largest size, and something around it.</summary>
    private const long MaximumBody = LabOrchestrator.Labs.LabFiles.MaximumBytes + (1 << 20);

    /// <summary>Sets Kestrel up.</summary>
    public static void AddListening(this WebApplicationBuilder builder, Settings settings)
    {
        var certificate = CertificateOf(settings);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureGatewayKestrel();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaximumBody;
            Listen(kestrel, settings.Http, endpoint =>
            {
                if (certificate is not null)
                {
                    endpoint.UseHttps(certificate);
                }
            });
        });
        if (settings.Http.BehindProxy)
        {
            builder.Services.Configure<ForwardedHeadersOptions>(o =>
            {
                // The statement that everything comes through the proxy makes the last hop's words true, whatever its address.
                o.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
                o.KnownIPNetworks.Clear();
                o.KnownProxies.Clear();
                o.ForwardLimit = 1;
            });
        }
    }

    /// <summary>Says why the server cannot listen before anything is made, and without the host's stack trace.</summary>
    /// <exception cref="SettingsException">The port is taken or not for this user, or the address not this machine's.</exception>
    public static void CheckPort(HttpOptions http)
    {
        var named = IPAddress.TryParse(http.Listen, out var one);
        foreach (var address in http.Listen switch
        {
            "localhost" => [IPAddress.Loopback, IPAddress.IPv6Loopback],
            "*" => [IPAddress.Any, IPAddress.IPv6Any],
            _ => new[] { one! },
        })
        {
            try
            {
                using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(address, http.Port));
            }
            catch (SocketException e) when (named || e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                throw ServerRun.Explain(e, http);
            }
            catch (SocketException)
            {
                // Of two addresses the host may lack one, as without IPv6; Kestrel then does with the other.
            }
        }
    }

    private static void Listen(KestrelServerOptions kestrel, HttpOptions http, Action<ListenOptions> configure)
    {
        switch (http.Listen)
        {
            case "localhost" when http.Port != 0:
                kestrel.ListenLocalhost(http.Port, configure);
                break;
            case "localhost":
                kestrel.Listen(IPAddress.Loopback, 0, configure);
                break;
            case "*":
                kestrel.ListenAnyIP(http.Port, configure);
                break;
            default:
                kestrel.Listen(IPAddress.Parse(http.Listen), http.Port, configure);
                break;
        }
    }

    private static X509Certificate2? CertificateOf(Settings settings)
    {
        var http = settings.Http;
        if (http.SelfSigned)
        {
            return SelfSignedCertificate.LoadOrMake(
                Path.Combine(settings.General.DataDirectory, "tls", "self-signed.pfx"), http.Listen, TimeProvider.System.GetUtcNow());
        }

        if (http.Certificate is not { } path)
        {
            return null;
        }

        try
        {
            return Load(path, http);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SettingsException(
                $"{SettingsReader.Prefix}Http__Certificate could not be loaded from \"{path}\" ({e.Message.TrimEnd('.')}): give a PEM file with its key "
                + $"({SettingsReader.Prefix}Http__CertificateKey), or a PKCS #12 file with its password ({SettingsReader.Prefix}Http__CertificatePassword).");
        }
    }

    private static X509Certificate2 Load(string path, HttpOptions http)
    {
        if (Path.GetExtension(path).ToLowerInvariant() is ".pfx" or ".p12")
        {
            return X509CertificateLoader.LoadPkcs12FromFile(path, http.CertificatePassword);
        }

        return http.CertificatePassword is null
            ? X509Certificate2.CreateFromPemFile(path, http.CertificateKey)
            : X509Certificate2.CreateFromEncryptedPemFile(path, http.CertificatePassword, http.CertificateKey);
    }
}
