using System.Collections.Concurrent;
using LabOrchestrator.KubernetesSimulator.Requests;
using Microsoft.AspNetCore.Connections;

namespace LabOrchestrator.KubernetesSimulator.Administration;

/// <summary>Faults on demand, and the count of what was asked.</summary>
internal sealed class Faults(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, long> _requests = new();
    private readonly ConcurrentDictionary<string, ConnectionContext> _connections = new();
    private readonly ConcurrentDictionary<string, HttpContext> _sockets = new();
    private volatile Fault[] _faults = [];

    /// <summary>All connections are cut and none is taken.</summary>
    public bool IsPartitioned { get; private set; }

    public IReadOnlyList<Fault> All => _faults;

    public void Add(Fault fault) => _faults = [.. _faults, fault];

    public void Clear() => _faults = [];

    public void Count(string verb, string resource) => _requests.AddOrUpdate(verb + " " + resource, 1, static (_, n) => n + 1);

    public SortedDictionary<string, long> Requests => new(_requests.ToDictionary(), StringComparer.Ordinal);

    public void Forget() => _requests.Clear();

    /// <param name="isPartitioned">Whether it begins or ends.</param>
    /// <param name="keepsStreams">Streams that are open go on, as where another API server carries them than the one that is gone.</param>
    public void Partition(bool isPartitioned, bool keepsStreams = false)
    {
        IsPartitioned = isPartitioned;
        if (isPartitioned)
        {
            Cut(keepsStreams);
        }
    }

    public int Cut(bool keepsStreams = false)
    {
        var all = _connections.Values.Where(c => !keepsStreams || !IsStream(c.ConnectionId)).ToList();
        all.ForEach(c => c.Abort(new ConnectionAbortedException("Cut by the test.")));
        return all.Count;
    }

    /// <summary>A request that may become a stream passes here.</summary>
    public async Task CarryAsync(HttpContext context, Func<Task> next)
    {
        _sockets[context.Connection.Id] = context;
        try
        {
            await next();
        }
        finally
        {
            _sockets.TryRemove(context.Connection.Id, out _);
        }
    }

    // With HTTP/2 other requests share the connection.
    private bool IsStream(string connection) =>
        _sockets.TryGetValue(connection, out var socket) && socket.Response.StatusCode == StatusCodes.Status101SwitchingProtocols;

    /// <summary>Every connection passes here.</summary>
    public async Task ConnectAsync(ConnectionContext connection, Func<Task> next)
    {
        if (IsPartitioned)
        {
            connection.Abort(new ConnectionAbortedException("Partitioned by the test."));
            return;
        }

        _connections[connection.ConnectionId] = connection;
        try
        {
            await next();
        }
        finally
        {
            _connections.TryRemove(connection.ConnectionId, out _);
        }
    }

    public async Task StrikeAsync(HttpContext context, RequestInfo? request)
    {
        var path = context.Request.Path.Value;
        var fault = Array.Find(_faults, f =>
            (f.Verb is null || f.Verb == (request?.Verb ?? "get")) && (f.Resource is null || f.Resource == (request?.Label ?? path))
            && (f.Namespace is null || f.Namespace == request?.Namespace) && f.TryStrike());
        if (fault is null)
        {
            return;
        }

        if (fault.DelayMilliseconds > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(fault.DelayMilliseconds), time, context.RequestAborted);
        }

        if (fault.Cut)
        {
            context.Abort();
            throw new OperationCanceledException();
        }

        if (fault.CutAfter)
        {
            // The answer is lost, what was asked for is done: nothing of the response reaches the connection.
            context.Response.OnStarting(() =>
            {
                context.Abort();
                return Task.CompletedTask;
            });
        }

        if (fault.Status is { } code)
        {
            throw Refusal(fault, code);
        }
    }

    private static ApiRefusal Refusal(Fault fault, int code)
    {
        var (reason, message) = code switch
        {
            429 => ("TooManyRequests", "Too many requests, please try again later."),
            503 => ("ServiceUnavailable", "apiserver not ready"),
            410 => ("Expired", "too old resource version: 1 (2)"),
            403 => ("Forbidden", "forbidden by the test"),
            401 => ("Unauthorized", "Unauthorized"),
            409 => ("Conflict", "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again"),
            _ => ("InternalError", "Internal error occurred: etcdserver: request timed out"),
        };
        return new ApiRefusal(code, reason, fault.Text ?? message) { RetryAfterSeconds = fault.RetryAfterSeconds, IsText = fault.Text is not null };
    }
}
