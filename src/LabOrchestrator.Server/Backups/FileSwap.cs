namespace LabOrchestrator.Server.Backups;

/// <summary>Puts new files and folders into the places of others, which are moved aside: all, or none.</summary>
/// <param name="asideSuffix">What the names of those that were there get.</param>
internal sealed class FileSwap(string asideSuffix)
{
    private readonly List<(string From, string To)> _moves = [];
    private readonly List<string> _aside = [];

    /// <summary>Where those that were there are now.</summary>
    public IReadOnlyList<string> Aside => _aside;

    /// <summary>Plans to put something into a place.</summary>
    public void Add(string made, string place)
    {
        if (Path.Exists(place))
        {
            _moves.Add((place, place + asideSuffix));
            _aside.Add(place + asideSuffix);
        }

        _moves.Add((made, place));
    }

    /// <summary>Does it.</summary>
    public void Run()
    {
        var done = new Stack<(string From, string To)>();
        try
        {
            foreach (var (from, to) in _moves)
            {
                Directory.Move(from, to);
                done.Push((from, to));
            }
        }
        catch
        {
            while (done.TryPop(out var move))
            {
                Directory.Move(move.To, move.From);
            }

            throw;
        }
    }
}
