using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LabOrchestrator.Kubernetes.Api.Configuration;

/// <summary>Credentials that a program gives, kept until they expire or are refused.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing.")]
internal sealed class ExecPluginCredentials(ExecPlugin plugin, SslStreamCertificateContext? certificate, TimeProvider time) : IClusterCredentials
{
    private const int MostWords = 500;

    /// <summary>Not to be refused on the way.</summary>
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _running = new(1);
    private ClusterCredentials? _credentials;
    private DateTimeOffset _expires;

    public async ValueTask<ClusterCredentials> GetAsync(CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_credentials is { } kept && time.GetUtcNow() + Leeway < _expires)
            {
                return kept;
            }

            var (got, expires) = Parse(await RunAsync(cancellationToken).ConfigureAwait(false));
            (_credentials, _expires) = (got, expires);
            return got;
        }
        finally
        {
            _running.Release();
        }
    }

    public bool Renew(ClusterCredentials refused)
    {
        Interlocked.CompareExchange(ref _credentials, null, refused);
        return true;
    }

    private async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(plugin.Command, plugin.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBERNETES_EXEC_INFO"] = plugin.Info;
        foreach (var (name, value) in plugin.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Start(start);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            var said = await output.ConfigureAwait(false);
            var complaint = (await errors.ConfigureAwait(false)).Trim();
            return process.ExitCode == 0
                ? said
                : throw Wrong($"ended with status {process.ExitCode}: {complaint[..Math.Min(complaint.Length, MostWords)]}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw Wrong("could not be started.");
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw Wrong($"cannot be started: {e.Message}. {plugin.InstallHint}".TrimEnd(), e);
        }
    }

    private (ClusterCredentials Credentials, DateTimeOffset Expires) Parse(string answer)
    {
        JsonObject? status;
        try
        {
            status = JsonNode.Parse(answer)?["status"] as JsonObject;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The cause would quote the answer, which holds the token.
            throw Wrong("answered what is no JSON object.");
        }

        var token = Text(status, "token");
        var pem = Text(status, "clientCertificateData");
        var key = Text(status, "clientKeyData");
        if (token is null && (pem is null || key is null))
        {
            throw Wrong("answered neither status.token nor status.clientCertificateData with clientKeyData.");
        }

        var expires = DateTimeOffset.TryParse(
            Text(status, "expirationTimestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : DateTimeOffset.MaxValue;
        return (new ClusterCredentials(
            token is null ? null : new AuthenticationHeaderValue("Bearer", token),
            pem is null || key is null ? certificate : Certificates.Client(pem, key, plugin.Where)), expires);
    }

    private static string? Text(JsonObject? json, string key) =>
        json?[key] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private ClusterConfigurationException Wrong(string words, Exception? inner = null) =>
        new($"{plugin.Where}: the exec plug-in {plugin.Command} {words}", inner);
}
