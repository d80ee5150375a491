using System.Net;

namespace LabOrchestrator.Server.Configuration;

/// <summary>Where and how the server listens.</summary>
public sealed class HttpOptions : ICheckedOptions
{
    /// <summary>The port; 0 takes a free one, on IPv4 alone where it listens on <c>localhost</c>.</summary>
    public int Port { get; set; } = 5000;

    /// <summary>
    /// An IP address, <c>localhost</c> (127.0.0.1 and ::1) or <c>*</c> (every address). Beyond loopback one of <c>Certificate</c>,
    /// <c>SelfSigned</c> and <c>BehindProxy</c> is needed.
    /// </summary>
    public string Listen { get; set; } = "localhost";

    /// <summary>Path of the certificate: PEM with the chain, or PKCS #12 (<c>.pfx</c>, <c>.p12</c>). The server then speaks HTTPS.</summary>
    public string? Certificate { get; set; }

    /// <summary>Path of the certificate's private key in PEM; left out where the certificate's file holds it.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>Password of the key or of the PKCS #12 file.</summary>
    public string? CertificatePassword { get; set; }

    /// <summary>True to speak HTTPS with a certificate that the server makes itself and keeps in the data directory; browsers warn of it.</summary>
    public bool SelfSigned { get; set; }

    /// <summary>
    /// True to say that every request comes through a proxy that speaks TLS with the browsers and sets <c>X-Forwarded-For</c>,
    /// <c>X-Forwarded-Proto</c> and <c>X-Forwarded-Host</c>. The port must then be out of reach of anybody else.
    /// </summary>
    public bool BehindProxy { get; set; }

    /// <summary>Whether the server itself speaks TLS.</summary>
    internal bool UsesTls => Certificate is not null || SelfSigned;

    /// <summary>Whether browsers see HTTPS.</summary>
    internal bool IsSecure => UsesTls || BehindProxy;

    /// <summary>Whether only this machine can connect.</summary>
    internal bool IsLoopbackOnly => Listen == "localhost" || (IPAddress.TryParse(Listen, out var address) && IPAddress.IsLoopback(address));

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        if (Port is < 0 or > 65535)
        {
            yield return $"Http__Port must be a whole number from 0 to 65535, not {Port}.";
        }

        if (Listen is not ("localhost" or "*") && !IPAddress.TryParse(Listen, out _))
        {
            yield return $"Http__Listen must be an IP address, localhost or *, not \"{Listen}\".";
        }
        else if (!IsLoopbackOnly && !IsSecure)
        {
            yield return $"Http__Listen is \"{Listen}\", which other machines reach: give a certificate (Http__Certificate), ask for a self-signed one "
                + "(Http__SelfSigned=true), or say that a TLS proxy is in front (Http__BehindProxy=true).";
        }

        foreach (var sentence in CheckCertificate())
        {
            yield return sentence;
        }
    }

    private IEnumerable<string> CheckCertificate()
    {
        if (Certificate is not null && SelfSigned)
        {
            yield return "Http__SelfSigned and Http__Certificate exclude each other: leave one of them out.";
        }

        if (Certificate is not null && !File.Exists(Certificate))
        {
            yield return $"Http__Certificate must be the path of a file that the server can read; there is none at \"{Certificate}\".";
        }

        if (CertificateKey is not null && !File.Exists(CertificateKey))
        {
            yield return $"Http__CertificateKey must be the path of a file that the server can read; there is none at \"{CertificateKey}\".";
        }

        if (Certificate is null && (CertificateKey ?? CertificatePassword) is not null)
        {
            yield return "Http__Certificate is missing, though Http__CertificateKey or Http__CertificatePassword is set: name the certificate too.";
        }
    }
}
