using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Streams;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>Requests to the API server: credentials, deadlines, our own limit, the server's, and errors as exceptions.</summary>
internal sealed partial class ApiConnection(
    Func<ClusterConfiguration> load, KubernetesClientOptions options, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly RequestBudget _budget = new(options.RequestsPerSecond, options.Burst, time);
    private readonly ClusterLinks _links = new(load);
    private long _sent;

    public KubernetesClientOptions Options => options;

    public TimeProvider Time => time;

    public ILogger Logger => logger;

    /// <summary>The configuration in use.</summary>
    public ClusterConfiguration Configuration => _links.Configuration;

    /// <summary>Requests that were sent, tries included.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Sends and reads the whole answer.</summary>
    public Task<ApiAnswer> SendAsync(ApiRequest request, Impersonation? impersonation, CancellationToken cancellationToken) => TryAsync(
        request.ToString(),
        async (link, credentials, token) =>
        {
            using var response = await OnceAsync(request, impersonation, link, credentials, token).ConfigureAwait(false);
            return new ApiAnswer(await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false), response.StatusCode == HttpStatusCode.Created);
        },
        cancellationToken);

    /// <summary>Sends and returns at the headers; only these have a deadline.</summary>
    public Task<HttpResponseMessage> StreamAsync(ApiRequest request, Impersonation? impersonation, CancellationToken cancellationToken) => TryAsync(
        request.ToString(), (link, credentials, token) => OnceAsync(request, impersonation, link, credentials, token), cancellationToken);

    /// <summary>Opens a WebSocket; only its opening has a deadline.</summary>
    public Task<ApiSocket> OpenAsync(
        ApiRequest request, IReadOnlyList<string> protocols, Impersonation? impersonation, CancellationToken cancellationToken) => TryAsync(
        request.ToString(),
        async (link, credentials, token) => new ApiSocket(
            await SocketOpening.OpenAsync(request, protocols, impersonation, link, credentials, token).ConfigureAwait(false), time),
        cancellationToken);

    public void Dispose() => _links.Dispose();

    /// <summary>Runs one try of something under our limit and a deadline, with the exceptions of this class.</summary>
    private async Task<T> AttemptAsync<T>(
        string what, Func<ClusterLink, ClusterCredentials, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        await _budget.EnterAsync(cancellationToken).ConfigureAwait(false);
        using var patience = new CancellationTokenSource(options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var started = time.GetTimestamp();
        var late = "There were no credentials for";
        try
        {
            var (link, credentials) = await _links.OpenAsync(either.Token).ConfigureAwait(false);
            late = "The API server did not answer";
            Interlocked.Increment(ref _sent);
            var result = await attempt(link, credentials, either.Token).ConfigureAwait(false);
            LogAnswered(what, time.GetElapsedTime(started).TotalMilliseconds);
            return result;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            _links.Suspect();
            throw new RuntimeUnavailableException(
                string.Create(CultureInfo.InvariantCulture, $"{late} {what} within {options.RequestTimeout.TotalSeconds:0.#} s."), e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or AuthenticationException or SocketException)
        {
            _links.Suspect();
            throw new RuntimeUnavailableException(Away(e), e);
        }
        catch (ClusterConfigurationException e)
        {
            _links.Suspect();
            throw new RuntimeUnavailableException(e.Message, e);
        }
        catch (KubernetesException e)
        {
            LogRefused(what, (int)e.StatusCode, e.Reason, time.GetElapsedTime(started).TotalMilliseconds);
            throw;
        }
    }

    /// <summary>Whether another try of a refused request is worth it; waits as long as the server asks for.</summary>
    private async Task<bool> MayRetryAsync(KubernetesException e, int tries, ClusterCredentials? used, CancellationToken cancellationToken)
    {
        if (e is NotAuthenticatedException)
        {
            var credentials = _links.Current?.Credentials;
            _links.Suspect();
            return tries == 1 && used is not null && credentials is not null && credentials.Renew(used);
        }

        if (e.RetryAfter is not { } wait || !e.IsTransient || tries >= options.MostTries)
        {
            return false;
        }

        await Task.Delay(wait < LongestWait ? wait : LongestWait, time, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task<T> TryAsync<T>(
        string what, Func<ClusterLink, ClusterCredentials, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            ClusterCredentials? used = null;
            try
            {
                return await AttemptAsync(
                    what,
                    (link, credentials, token) =>
                    {
                        used = credentials;
                        return attempt(link, credentials, token);
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            catch (KubernetesException e)
            {
                if (!await MayRetryAsync(e, tries, used, cancellationToken).ConfigureAwait(false))
                {
                    throw;
                }
            }
        }
    }

    private static async Task<HttpResponseMessage> OnceAsync(
        ApiRequest request, Impersonation? impersonation, ClusterLink link, ClusterCredentials credentials, CancellationToken cancellationToken)
    {
        using var message = request.ToMessage(link.Configuration.Server);
        message.Version = HttpVersion.Version20;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        message.Headers.Authorization = credentials.Authorization;
        message.Headers.Host = link.HostHeader;
        message.Headers.TryAddWithoutValidation("Accept", ApiRequest.Json + ", */*");
        message.Headers.TryAddWithoutValidation("User-Agent", "lab-orchestrator");
        (impersonation ?? link.Configuration.Impersonation)?.WriteTo(message.Headers);
        var response = await link.Invoker.SendAsync(message, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            throw Refusal.Of(response.StatusCode, body, request.ToString(), response.Headers.RetryAfter?.Delta);
        }
    }

    private string Away(Exception e)
    {
        var configuration = _links.Current;
        var where = configuration is null ? "" : $" at {configuration.Server.GetLeftPart(UriPartial.Authority)} ({configuration.Origin})";
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SocketException socket:
                    return $"The API server{where} cannot be reached: {socket.Message}. Check the address and the network.";
                case AuthenticationException tls:
                    return $"The API server{where} and we do not trust each other: {tls.Message.TrimEnd('.')}. Check the certificate authority, the server's name and the client certificate.";
            }
        }

        return $"The API server{where} broke the connection: {e.Message}";
    }

    [LoggerMessage(1, LogLevel.Debug, "{Request}: answered after {Milliseconds:0.0} ms")]
    private partial void LogAnswered(string request, double milliseconds);

    [LoggerMessage(2, LogLevel.Debug, "{Request}: refused with {Status} {Reason} after {Milliseconds:0.0} ms")]
    private partial void LogRefused(string request, int status, string reason, double milliseconds);
}
