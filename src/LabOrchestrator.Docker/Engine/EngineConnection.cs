using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Engine;

/// <summary>HTTP over the engine's unix socket: version negotiation, deadlines, errors as exceptions.</summary>
internal sealed class EngineConnection : IDisposable
{
    /// <summary>Oldest version we speak: Debian 12's engine.</summary>
    public static readonly Version Oldest = new(1, 41);

    /// <summary>Newest version whose answers we know.</summary>
    public static readonly Version Newest = new(1, 51);

    /// <summary>Deadline of an ordinary call.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _socketPath;
    private readonly HttpClient _http;
    private Version? _version;

    public EngineConnection(string socketPath, TimeProvider time)
    {
        _socketPath = socketPath;
        Time = time;
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = ConnectAsync };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://docker/"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Held by whoever removes a container of an engine that cannot remove several at once.</summary>
    public SemaphoreSlim Removing { get; } = new(1);

    /// <summary>The version both sides know, asked for at the first call and after the engine was away.</summary>
    public async Task<Version> NegotiateAsync(CancellationToken cancellationToken)
    {
        if (_version is { } known)
        {
            return known;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "_ping");
        using var response = await SendRawAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        var theirs = response.Headers.TryGetValues("Api-Version", out var values) && Version.TryParse(values.First(), out var parsed)
            ? parsed
            : throw new RuntimeUnavailableException($"What listens at {_socketPath} is no Docker Engine. Set Docker__Endpoint to the engine's socket.");
        if (theirs < Oldest)
        {
            throw new RuntimeUnavailableException($"Docker Engine speaks API {theirs}; at least {Oldest} (Docker 20.10) is needed. Update the engine.");
        }

        return _version = theirs < Newest ? theirs : Newest;
    }

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, path, null, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, type, cancellationToken).ConfigureAwait(false);
    }

    public async Task<TAnswer> PostAsync<TBody, TAnswer>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
    {
        using var content = Json(body, bodyType);
        using var response = await SendAsync(HttpMethod.Post, path, content, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, answerType, cancellationToken).ConfigureAwait(false);
    }

    public async Task PostAsync<TBody>(string path, TBody body, JsonTypeInfo<TBody> bodyType, CancellationToken cancellationToken)
    {
        using var content = Json(body, bodyType);
        using var response = await SendAsync(HttpMethod.Post, path, content, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A call without a body whose answer does not matter.</summary>
    public async Task CallAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(method, path, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends and reads the whole answer.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var request = await RequestAsync(method, path, content, either.Token).ConfigureAwait(false);
            return await AcceptAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RuntimeUnavailableException(
                string.Create(CultureInfo.InvariantCulture, $"Docker Engine did not answer {method} {path} within {Patience.TotalSeconds:0} s."), e);
        }
    }

    /// <summary>The clock of its deadlines.</summary>
    public TimeProvider Time { get; }

    /// <summary>Sends and returns at the headers; the body streams until the token is cancelled.</summary>
    public async Task<HttpResponseMessage> StreamAsync(
        HttpMethod method, string path, HttpContent? content, IReadOnlyDictionary<string, string>? headers, CancellationToken cancellationToken)
    {
        using var request = await RequestAsync(method, path, content, cancellationToken).ConfigureAwait(false);
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await AcceptAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A body with a length: the engine's upgraded calls must not be followed by a chunk's end.</summary>
    public static ByteArrayContent Json<T>(T body, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpRequestMessage> RequestAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        var version = await NegotiateAsync(cancellationToken).ConfigureAwait(false);
        return new HttpRequestMessage(method, $"v{version}/{path}") { Content = content };
    }

    private async Task<HttpResponseMessage> AcceptAsync(
        HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        var response = await SendRawAsync(request, completion, cancellationToken).ConfigureAwait(false);
        if ((int)response.StatusCode is (>= 200 and < 400) or (int)HttpStatusCode.SwitchingProtocols)
        {
            return response;
        }

        using (response)
        {
            var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            throw new EngineException(response.StatusCode, MessageOf(body) ?? $"Docker Engine answered {(int)response.StatusCode}.");
        }
    }

    private async Task<HttpResponseMessage> SendRawAsync(
        HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            _version = null;
            throw new RuntimeUnavailableException($"Docker Engine does not answer at {_socketPath}: {ReasonOf(e)}", e);
        }
    }

    private static string ReasonOf(HttpRequestException e) => (e.InnerException as SocketException)?.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable => "there is no such socket. Start the engine (service docker start), or set Docker__Endpoint.",
        SocketError.ConnectionRefused => "nobody listens there. Start the engine (service docker start).",
        SocketError.AccessDenied => "this user may not use it. Add the user to the group \"docker\".",
        _ => e.Message,
    };

    private static string? MessageOf(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, EngineJson.Default.ErrorAnswer)?.Message;
        }
        catch (JsonException)
        {
            return body.Length is 0 or > 2000 ? null : body.Trim();
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await response.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false)
            ?? throw new EngineException(response.StatusCode, "Docker Engine answered null.");

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
