using System.Diagnostics;
using System.Text;

namespace LabOrchestrator.Postgres.Cluster;

/// <summary>Runs PostgreSQL's programs, as user <c>postgres</c> when we are root.</summary>
internal static class PostgresProcess
{
    // Its standard input is the life line: when it closes, because we close it or because we are gone, PostgreSQL is told to stop. The
    // session of its own keeps a Ctrl-C in our terminal from reaching it before us.
    private const string LifeLine =
        """
        exec 3<&0
        "$@" </dev/null 3<&- & P=$!
        (read _ <&3; kill -INT $P) >/dev/null 2>&1 & R=$!
        wait $P; S=$?
        kill $R 2>/dev/null
        exit $S
        """;

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="PostgresSetupException">It failed; the message has its own words.</exception>
    public static async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start("", [.. AsUser(), program, .. arguments]);
        process.StandardInput.Close();
        var output = new StringBuilder();
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        output.Append(await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false)).Append(await error.ConfigureAwait(false));
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new PostgresSetupException($"{Path.GetFileName(program)} failed: {output.ToString().Trim()}");
        }
    }

    /// <summary>Starts the server on a life line.</summary>
    public static Process StartServer(string program, IEnumerable<string> arguments) =>
        Start("setsid", ["sh", "-c", LifeLine, "sh", .. AsUser(), program, .. arguments]);

    private static string[] AsUser() => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
        : [];

    private static Process Start(string first, string[] command)
    {
        var all = first.Length == 0 ? command : [first, .. command];
        var start = new ProcessStartInfo(all[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // The server's folder may be one that user postgres cannot enter.
            WorkingDirectory = "/",
        };
        foreach (var argument in all[1..])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["LC_ALL"] = "C.UTF-8";
        return Process.Start(start) ?? throw new PostgresSetupException($"{all[0]} could not be started.");
    }
}
