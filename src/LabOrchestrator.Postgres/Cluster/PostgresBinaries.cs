using System.Globalization;

namespace LabOrchestrator.Postgres.Cluster;

/// <summary>The distribution's PostgreSQL programs of one major version.</summary>
/// <param name="Directory">Folder with <c>initdb</c>, <c>postgres</c> and <c>pg_ctl</c>.</param>
/// <param name="Major">Major version.</param>
internal sealed record PostgresBinaries(string Directory, int Major)
{
    private const string Root = "/usr/lib/postgresql";

    /// <summary>Path of a program.</summary>
    public string Program(string name) => Path.Combine(Directory, name);

    /// <summary>The programs that fit a cluster made by a major version, or the newest for a new cluster.</summary>
    /// <exception cref="PostgresSetupException">None are installed, or none of that version.</exception>
    public static PostgresBinaries Find(int? clusterMajor)
    {
        var installed = Installed();
        if (installed.Count == 0)
        {
            throw new PostgresSetupException(
                "PostgreSQL is not installed. Install it with: sudo apt-get install postgresql, or set LABORCHESTRATOR_Postgres__ConnectionString.");
        }

        if (clusterMajor is not { } major)
        {
            return installed.MaxBy(b => b.Major)!;
        }

        return installed.FirstOrDefault(b => b.Major == major) ?? throw new PostgresSetupException(
            $"The database was made by PostgreSQL {major}, and only {string.Join(", ", installed.Select(b => b.Major))} is installed. "
            + $"Install postgresql-{major} beside it, run 'make backup', and then 'make restore' with the file, which takes the newest version.");
    }

    /// <summary>The newest of the programs that work on a database from outside, which may be installed without those that serve one.</summary>
    /// <exception cref="PostgresSetupException">None are installed.</exception>
    public static PostgresBinaries FindClients() => With("pg_dump", "pg_restore", "psql").MaxBy(b => b.Major) ?? throw new PostgresSetupException(
        "PostgreSQL's programs for backups are not installed. Install them with: sudo apt-get install postgresql-client.");

    private static List<PostgresBinaries> Installed() => With("postgres", "initdb");

    private static List<PostgresBinaries> With(params string[] programs) => !System.IO.Directory.Exists(Root)
        ? []
        : [
            .. System.IO.Directory.EnumerateDirectories(Root)
                .Where(d => programs.All(p => File.Exists(Path.Combine(d, "bin", p))))
                .Select(d => (Path: d, Ok: int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var major), Major: major))
                .Where(d => d.Ok)
                .Select(d => new PostgresBinaries(Path.Combine(d.Path, "bin"), d.Major)),
        ];
}
