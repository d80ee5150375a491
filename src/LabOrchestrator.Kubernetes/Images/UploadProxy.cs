using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Images;

/// <summary>CDI's upload proxy, which takes a disk for the claim that a token names, and answers when it has stored it.</summary>
internal sealed class UploadProxy(KubernetesRuntimeOptions options, KubernetesClient client)
{
    private const int BufferBytes = 1 << 20;
    private const int MostTries = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly UploadAuthorities _authorities = new(options, client);

    /// <summary>How its address is dialled, for tests; null is by its name.</summary>
    internal Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? Dial { get; init; }

    /// <summary>Sends a file.</summary>
    /// <exception cref="DiskRefusedException">CDI cannot make a disk of it.</exception>
    /// <exception cref="RuntimeUnavailableException">The proxy cannot be reached.</exception>
    public async Task SendAsync(string path, string token, Func<int, Task> report, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(Handler(await _authorities.ReadAsync(cancellationToken).ConfigureAwait(false))) { Timeout = Timeout.InfiniteTimeSpan };
        for (var tries = 1; ; tries++)
        {
            using var answer = await SendOnceAsync(http, path, token, report, cancellationToken).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            var said = (await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)).Trim();
            if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway) || tries == MostTries)
            {
                throw new DiskRefusedException(string.Create(CultureInfo.InvariantCulture, $"CDI refused the disk ({(int)answer.StatusCode}): {said}"));
            }

            // The pod behind it needs a moment to listen.
            await Task.Delay(Pause, client.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpClient http, string path, string token, Func<int, Task> report, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(options.UploadProxy), "/v1beta1/upload"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

        // So that a refusal comes before the bytes are sent.
        request.Headers.ExpectContinue = true;
        request.Content = new FileContent(path, report);
        try
        {
            return await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            // .NET tells a connection that is cut as soon as it was made by the socket's own words.
            throw new RuntimeUnavailableException(
                $"CDI's upload proxy at {options.UploadProxy} cannot be reached: {e.GetBaseException().Message.TrimEnd('.')}. Set Kubernetes__UploadProxy and Kubernetes__UploadProxyAuthority.", e);
        }
    }

    private SocketsHttpHandler Handler(X509Certificate2Collection? authorities)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectCallback = Dial };
        if (authorities is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        return handler;
    }

    private sealed class FileContent : HttpContent
    {
        private readonly string _path;
        private readonly Func<int, Task> _report;

        public FileContent(string path, Func<int, Task> report)
        {
            (_path, _report) = (path, report);
            Headers.ContentType = new("application/octet-stream");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await using var file = File.OpenRead(_path);
            var buffer = new byte[BufferBytes];
            var percent = -1;
            while (await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                if ((int)(100 * file.Position / file.Length) is var now && now > percent)
                {
                    await _report(percent = now).ConfigureAwait(false);
                }
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = new FileInfo(_path).Length;
            return true;
        }
    }
}
