using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;

namespace LabOrchestrator.KubernetesSimulator;

/// <summary>
/// Who signs the certificate of CDI's upload proxy: CDI itself, which tells it in a ConfigMap, and makes itself a new key every day. The
/// proxy is on the API's address, for those who dial it by the name of its service.
/// </summary>
internal sealed class UploadSigner(ObjectWriter writer)
{
    private const string Namespace = "cdi";
    private const string Service = "cdi-uploadproxy";
    private const string Map = "cdi-uploadproxy-signer-bundle";
    private const string Key = "ca-bundle.crt";
    private static readonly WriteOptions By = WriteOptions.Of("cdi-operator");
    private int _renewals;

    /// <summary>The proxy's certificate; null where there is no CDI.</summary>
    public X509Certificate2? Certificate { get; private set; }

    /// <summary>Whether somebody who dials that name wants the proxy.</summary>
    public static bool IsProxy(string? name) => name == Service || name?.StartsWith(Service + ".", StringComparison.Ordinal) == true;

    /// <summary>Begins, as CDI is installed.</summary>
    public void Publish()
    {
        var authority = Sign();
        writer.Create(Maps, Namespace, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = Map },
            ["data"] = new JsonObject { [Key] = authority },
        }, By);
    }

    /// <summary>A new key, as after two days: the former one counts no more.</summary>
    public void Renew()
    {
        var authority = Sign();
        writer.Change(Maps, Namespace, Map, By, live =>
        {
            live.Part("data")[Key] = authority;
            return live;
        });
    }

    private Kinds.ResourceKind Maps => writer.Kinds.Find("", "configmaps")!;

    private string Sign()
    {
        using var authority = ServerCertificate.Authority($"{Namespace}_{Service}-signer@{++_renewals}");
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in (string[])[Service, $"{Service}.{Namespace}", $"{Service}.{Namespace}.svc"])
        {
            names.AddDnsName(name);
        }

        Certificate = ServerCertificate.Of(authority, Service, names);
        return authority.ExportCertificatePem();
    }
}
