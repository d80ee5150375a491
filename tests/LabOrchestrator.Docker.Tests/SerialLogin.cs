using LabOrchestrator.Conformance.Runtimes;

namespace LabOrchestrator.Docker.Tests;

/// <summary>
/// A person who logs in on a serial line, and looks at it while typing. A login program throws away what was typed
/// between its question and its switching off of the echo, so an answer may be lost, whole or in part: a question that
/// comes again is answered again, each time a little later, and silence is broken by Enter.
/// </summary>
internal static class SerialLogin
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    // Of a slow login, prompt answers would lose the same part every time.
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(300);

    /// <summary>Answers until the shell of the user is there.</summary>
    public static async Task LogInAsync(KeeperClient line, string machine, string user, string password, CancellationToken patient)
    {
        (string Shown, string? Answer)[] questions =
            [($"{machine} login:", user), ("assword:", password), ($"{user}@{machine}:", null)];
        await line.ReadUntilAsync(questions[0].Shown, patient);
        for (var (read, answered) = (0, 0); ;)
        {
            patient.IsCancellationRequested.ShouldBeFalse($"Nobody could log in as {user}. The line showed:\n{line.Text}");
            var (at, answer) = questions
                .Select(question => (At: line.Text.LastIndexOf(question.Shown, StringComparison.Ordinal), question.Answer))
                .MaxBy(question => question.At);
            if (at >= read)
            {
                if (answer is null)
                {
                    return;
                }

                await Task.Delay(Later * (answered++ / 2), TimeProvider.System, CancellationToken.None);
                read = line.Text.Length;
                await line.TypeAsync(answer + "\r", patient);
            }

            if (!await line.ReadMoreAsync(Silence, patient) && !patient.IsCancellationRequested)
            {
                await line.TypeAsync("\r", patient);
            }
        }
    }
}
