namespace LabOrchestrator.Server.Api;

/// <summary>A part of a list.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">Address of the next part; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next)
{
    /// <summary>Makes a page of rows that were read one beyond the limit, to see whether there are more.</summary>
    internal static Page<T> Of(IReadOnlyList<T> rows, int limit, Func<T, string> next) =>
        rows.Count > limit ? new Page<T>([.. rows.Take(limit)], next(rows[limit - 1])) : new Page<T>(rows, null);
}
