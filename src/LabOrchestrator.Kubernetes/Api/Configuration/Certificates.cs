using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>Certificates from PEM texts.</summary>
internal static class Certificates
{
    /// <param name="pem">One or more certificates.</param>
    /// <param name="what">Where they are from, for the message.</param>
    /// <exception cref="ClusterConfigurationException">There is none in it.</exception>
    public static X509Certificate2Collection Authorities(string pem, string what)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(pem);
            return all.Count > 0 ? all : throw new ClusterConfigurationException($"{what} holds no certificate.");
        }
        catch (CryptographicException e)
        {
            throw new ClusterConfigurationException($"{what} is no certificate: {e.Message}", e);
        }
    }

    /// <summary>A client's certificate with its key and the chain that stands behind it in the text.</summary>
    /// <exception cref="ClusterConfigurationException">They are wrong, or do not belong together.</exception>
    public static SslStreamCertificateContext Client(string certificatePem, string keyPem, string what)
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificatePem);
            return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(certificatePem, keyPem), chain, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new ClusterConfigurationException($"{what}: certificate and key cannot be used: {e.Message}", e);
        }
    }
}
