using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>A request that may go to a machine.</summary>
/// <param name="Place">Where it came to.</param>
/// <param name="Port">The port.</param>
/// <param name="Ports">Who connects to it.</param>
/// <param name="Target">Path and query for the machine, with nothing decoded.</param>
/// <param name="Page">Origin of the page that may show the answer in a frame.</param>
internal sealed record WebVisit(WebPlace Place, WebPort Port, IMachinePorts Ports, string Target, string Page);
