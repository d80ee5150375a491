using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LabOrchestrator.Postgres.Cluster;

/// <summary>
/// The installation's own PostgreSQL cluster: made on the first start, reached by a unix socket alone, ended with us however we end,
/// and started again when it dies while we live.
/// </summary>
public sealed partial class PrivatePostgres : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(4);
    private readonly ClusterPlace _place;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Queue<string> _lastLines = new();
    private PostgresBinaries? _binaries;
    private Process? _process;
    private Task _keeping = Task.CompletedTask;

    /// <summary>Prepares the cluster of an installation's data folder; nothing runs yet.</summary>
    /// <exception cref="PostgresSetupException">The run folder is too long for a socket.</exception>
    public PrivatePostgres(string dataDirectory, PostgresOptions options, TimeProvider time, ILogger<PrivatePostgres> logger)
        : this(ClusterPlace.For(dataDirectory, options.RunDirectory), time, logger)
    {
    }

    private PrivatePostgres(ClusterPlace place, TimeProvider time, ILogger logger)
    {
        _place = place;
        _time = time;
        _logger = logger;
    }

    /// <summary>Prepares a new cluster beside another one, to take its place later. What a former try left there is removed.</summary>
    /// <param name="present">The other one, which does not run.</param>
    /// <param name="directory">Where the new one's files shall be; in the same folder.</param>
    /// <param name="time">The clock.</param>
    public static PrivatePostgres Beside(PrivatePostgres present, string directory, TimeProvider time)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        return new PrivatePostgres(present._place with { DataDirectory = directory }, time, present._logger);
    }

    /// <summary>How to reach the installation's database once it runs.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = _place.SocketDirectory,
        Username = ClusterFiles.Role,
        Database = ClusterFiles.Role,
        MaxPoolSize = 40,

        // The same statements come again and again; planned once for each connection, not each time.
        MaxAutoPrepare = 64,
        AutoPrepareMinUsages = 2,
    }.ConnectionString;

    /// <summary>The cluster's files.</summary>
    public string ClusterDirectory => _place.DataDirectory;

    /// <summary>Makes the cluster when there is none, starts it, and returns when it answers.</summary>
    /// <exception cref="PostgresSetupException">It cannot be; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var versionFile = Path.Combine(_place.DataDirectory, "PG_VERSION");
        int? major = File.Exists(versionFile)
            ? int.Parse((await File.ReadAllTextAsync(versionFile, cancellationToken).ConfigureAwait(false)).Trim(), CultureInfo.InvariantCulture)
            : null;
        _binaries = PostgresBinaries.Find(major);
        ClusterFiles.MakeSocketDirectory(_place.SocketDirectory);
        if (major is null)
        {
            LogMaking(_logger, _place.DataDirectory);
            await ClusterFiles.InitialiseAsync(_place, _binaries, cancellationToken).ConfigureAwait(false);
        }

        await EndOrphanAsync(cancellationToken).ConfigureAwait(false);
        await ClusterFiles.WriteAccessAsync(_place, cancellationToken).ConfigureAwait(false);
        await LaunchAsync(cancellationToken).ConfigureAwait(false);
        await ClusterFiles.MakeDatabaseAsync(_place, cancellationToken).ConfigureAwait(false);
        _keeping = KeepAsync();
    }

    /// <summary>Stops the cluster cleanly.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            await _keeping.ConfigureAwait(false);
            await EndAsync().ConfigureAwait(false);
            ClusterFiles.RemoveSocketDirectory(_place.SocketDirectory);
            _process?.Dispose();
            _stopping.Dispose();
        }
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var process = PostgresProcess.StartServer(
            _binaries!.Program("postgres"),
            ["-D", _place.DataDirectory, "-k", _place.SocketDirectory, "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"]);
        _process = process;
        process.ErrorDataReceived += (_, line) => Remember(line.Data);
        process.OutputDataReceived += (_, line) => Remember(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        while (true)
        {
            if (process.HasExited)
            {
                throw new PostgresSetupException(
                    $"PostgreSQL in {_place.DataDirectory} ended at once: {string.Join(" ", Lines())} "
                    + "If its files are damaged, restore a backup with 'make restore'.");
            }

            if (await AnswersAsync(limit.Token).ConfigureAwait(false))
            {
                return;
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), _time, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new PostgresSetupException(
                    $"PostgreSQL in {_place.DataDirectory} did not answer within {StartLimit.TotalSeconds} s: {string.Join(" ", Lines())}");
            }
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await ClusterFiles.ConnectAsync(_place, "postgres", cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>A postmaster whose server was killed ends by itself within a second; one that does not is told to.</summary>
    private async Task EndOrphanAsync(CancellationToken cancellationToken)
    {
        var held = new PostmasterLock(Path.Combine(_place.DataDirectory, "postmaster.pid"));
        var started = _time.GetTimestamp();
        while (held.IsHeld())
        {
            if (_time.GetElapsedTime(started) > TimeSpan.FromSeconds(3))
            {
                LogOrphan(_logger, _place.DataDirectory);
                await PostgresProcess.RunAsync(
                    _binaries!.Program("pg_ctl"), ["stop", "-D", _place.DataDirectory, "-m", "fast", "-w", "-t", "30"], cancellationToken).ConfigureAwait(false);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), _time, cancellationToken).ConfigureAwait(false);
        }

        held.RemoveIfAnothers();
        new PostmasterLock(Path.Combine(_place.SocketDirectory, ".s.PGSQL.5432.lock")).RemoveIfAnothers();
    }

    private async Task KeepAsync()
    {
        var delay = TimeSpan.FromMilliseconds(200);
        while (true)
        {
            try
            {
                await _process!.WaitForExitAsync(_stopping.Token).ConfigureAwait(false);
                LogDied(_logger, string.Join(" ", Lines()));
                await Task.Delay(delay, _time, _stopping.Token).ConfigureAwait(false);
                await EndOrphanAsync(_stopping.Token).ConfigureAwait(false);
                await LaunchAsync(_stopping.Token).ConfigureAwait(false);
                delay = TimeSpan.FromMilliseconds(200);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (PostgresSetupException e)
            {
                LogNotRestarted(_logger, e.Message);
                delay = TimeSpan.FromSeconds(Math.Min(10, delay.TotalSeconds * 2));
            }
        }
    }

    private async Task EndAsync()
    {
        if (_process is not { HasExited: false } process)
        {
            return;
        }

        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private void Remember(string? line)
    {
        if (line is not null)
        {
            LogServer(_logger, line);
            lock (_lastLines)
            {
                _lastLines.Enqueue(line);
                if (_lastLines.Count > 5)
                {
                    _lastLines.Dequeue();
                }
            }
        }
    }

    private string[] Lines()
    {
        lock (_lastLines)
        {
            return [.. _lastLines];
        }
    }
}
