namespace LabOrchestrator.Bench.Gateway;

/// <summary>Asks the gateway of the bench for tickets, one at a time, as pages do.</summary>
internal sealed class TicketSource(int port) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };

    public async Task<string> NextAsync(CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsync(new Uri("bench/tickets", UriKind.Relative), null, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    public void Dispose() => _http.Dispose();
}
