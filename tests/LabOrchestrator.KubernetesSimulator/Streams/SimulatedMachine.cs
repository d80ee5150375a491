using System.Collections.Concurrent;
using System.Text;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>The inside of one running machine: its screen and its serial line, with at most one session at each.</summary>
internal sealed class SimulatedMachine(string name)
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _line = new();
    private readonly List<byte> _held = [];
    private readonly Dictionary<string, Action> _sessions = [];
    private string _prompt = name + " login: ";
    private string? _user;

    public string Name => name;

    public SimulatedScreen Screen { get; } = new();

    public bool IsPaused { get; private set; }

    /// <summary>Where the serial line's output goes; nobody there: it is lost, as KubeVirt loses it.</summary>
    public Action<byte[]>? SerialOutput { get; set; }

    public IReadOnlyCollection<string> Sessions
    {
        get
        {
            lock (_lock)
            {
                return [.. _sessions.Keys];
            }
        }
    }

    /// <summary>Takes the one place at the screen or line; whoever had it is thrown out by <paramref name="leave"/>.</summary>
    public bool TryEnter(string kind, Action leave, bool preserve)
    {
        Action? before;
        lock (_lock)
        {
            if (_sessions.TryGetValue(kind, out before) && preserve)
            {
                return false;
            }

            _sessions[kind] = leave;
        }

        before?.Invoke();
        return true;
    }

    public void Leave(string kind, Action leave)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(kind, out var now) && now == leave)
            {
                _sessions.Remove(kind);
            }
        }
    }

    /// <summary>The machine is gone, and with it all sessions.</summary>
    public void End()
    {
        List<Action> all;
        lock (_lock)
        {
            all = [.. _sessions.Values];
            _sessions.Clear();
        }

        all.ForEach(leave => leave());
    }

    public void Pause(bool isPaused)
    {
        IsPaused = isPaused;
        if (!isPaused)
        {
            byte[] held;
            lock (_lock)
            {
                held = [.. _held];
                _held.Clear();
            }

            Type(held);
        }
    }

    public void Press(uint keysym)
    {
        if (!IsPaused)
        {
            Screen.Press(keysym);
        }
    }

    /// <summary>Input on the serial line.</summary>
    public void Type(ReadOnlySpan<byte> input)
    {
        lock (_lock)
        {
            if (IsPaused)
            {
                _held.AddRange(input);
                return;
            }

            foreach (var c in input)
            {
                Take((char)c);
            }
        }
    }

    private void Take(char c)
    {
        var isSecret = _prompt == "Password: ";
        if (c is '\r' or '\n')
        {
            Print("\r\n");
            var line = _line.ToString();
            _line.Clear();
            Enter(line);
            Print(_prompt);
        }
        else if (c is '\u007f' or '\b')
        {
            if (_line.Length > 0)
            {
                _line.Length--;
                Print("\b \b");
            }
        }
        else if (c >= ' ')
        {
            _line.Append(c);
            Print(isSecret ? "" : c.ToString());
        }
    }

    private void Enter(string line)
    {
        if (_prompt == "Password: ")
        {
            _prompt = $"{_user}@{name}:~$ ";
        }
        else if (_prompt.EndsWith("login: ", StringComparison.Ordinal))
        {
            (_user, _prompt) = line.Length == 0 ? (null, _prompt) : (line, "Password: ");
        }
        else
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case []:
                    break;
                case ["exit"]:
                    _prompt = name + " login: ";
                    break;
                case ["hostname"]:
                    Print(name + "\r\n");
                    break;
                case ["echo", .. var rest]:
                    Print(string.Join(' ', rest) + "\r\n");
                    break;
                default:
                    Print($"sh: {words[0]}: not found\r\n");
                    break;
            }
        }
    }

    private void Print(string text)
    {
        if (text.Length > 0)
        {
            SerialOutput?.Invoke(Encoding.UTF8.GetBytes(text));
        }
    }
}

/// <summary>All machines by the uid of their VirtualMachineInstance.</summary>
internal sealed class SimulatedMachines
{
    private readonly ConcurrentDictionary<string, SimulatedMachine> _machines = new();

    public SimulatedMachine Of(string uid, string name) => _machines.GetOrAdd(uid, _ => new SimulatedMachine(name));

    public void End(string uid)
    {
        if (_machines.TryRemove(uid, out var machine))
        {
            machine.End();
        }
    }

    /// <summary>Which machines have which sessions.</summary>
    public Dictionary<string, IReadOnlyCollection<string>> Describe() => _machines.ToDictionary(m => m.Key, m => m.Value.Sessions);
}
