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

    private static List<PostgresBinaries> Installed() => !System.IO.Directory.Exists(Root)
        ? []
        : [
            .. System.IO.Directory.EnumerateDirectories(Root)
                .Where(d => File.Exists(Path.Combine(d, "bin", "postgres")) && File.Exists(Path.Combine(d, "bin", "initdb")))
                .Select(d => (Path: d, Ok: int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var major), Major: major))
                .Where(d => d.Ok)
                .Select(d => new PostgresBinaries(Path.Combine(d.Path, "bin"), d.Major)),
        ];
}
