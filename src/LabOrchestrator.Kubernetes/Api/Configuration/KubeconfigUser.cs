using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using LabOrchestrator.Kubernetes.Api.Requests;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>How a kubeconfig's user proves itself.</summary>
internal static class KubeconfigUser
{
    public static IClusterCredentials Credentials(KubeconfigEntry user, KubeconfigEntry cluster, TimeProvider time)
    {
        var where = $"{user.File}: user \"{user.Name}\"";
        if (user.Section("auth-provider") is not null)
        {
            throw new ClusterConfigurationException($"{where} uses an auth-provider, which Kubernetes has given up. Use an exec plug-in or a token.");
        }

        var certificate = Certificate(user, where);
        if (user.Section("exec") is { } exec)
        {
            return new ExecPluginCredentials(ExecPlugin.Of(exec, cluster, where), certificate, time);
        }

        if (user.PathAt("tokenFile") is { } tokenFile)
        {
            return new TokenFileCredentials(tokenFile, certificate, time);
        }

        return new FixedCredentials(new ClusterCredentials(Authorization(user), certificate));
    }

    public static Impersonation? Impersonated(KubeconfigEntry user)
    {
        if (user.Text("as") is not { } name)
        {
            return null;
        }

        var groups = user.Texts("as-groups");
        var extra = user.Section("as-user-extra")?.Lists().ToList() ?? [];
        if (groups.Count > 1 || extra.Any(e => e.Values.Count != 1))
        {
            throw new ClusterConfigurationException(
                $"{user.File}: user \"{user.Name}\" acts as somebody with several groups or several values of one extra key. Only one of each can be sent: use a ServiceAccount of its own.");
        }

        return new Impersonation(name, groups.Count == 1 ? groups[0] : null)
        {
            Uid = user.Text("as-uid"),
            Extra = extra.ToDictionary(e => e.Key, e => e.Values[0]),
        };
    }

    private static SslStreamCertificateContext? Certificate(KubeconfigEntry user, string where) =>
        (user.DataOrFile("client-certificate"), user.DataOrFile("client-key")) switch
        {
            (null, null) => null,
            ({ } certificate, { } key) => Certificates.Client(certificate, key, where),
            _ => throw new ClusterConfigurationException($"{where} has only one of client-certificate and client-key. Both are needed."),
        };

    private static AuthenticationHeaderValue? Authorization(KubeconfigEntry user)
    {
        if (user.Text("token") is { } token)
        {
            return new AuthenticationHeaderValue("Bearer", token);
        }

        return user.Text("username") is { } name
            ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{user.Text("password")}")))
            : null;
    }
}
