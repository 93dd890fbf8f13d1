#include "podreach/base/time.h"
#include "podreach/net/service_catalog.h"
#include "sweep_output.h"
#include "target_list.h"

namespace podreach::probe {
namespace {

/// States that most ports have are counted, not listed.
bool IsListed(const PortGroup& group) {
  return group.state == Outcome::kOpen || group.state == Outcome::kRejected ||
         group.state == Outcome::kUnreachable || group.state == Outcome::kLocalError;
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string Attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + Escaped(value) + "\"";
}

std::string Epoch(std::chrono::system_clock::time_point time) {
  return std::to_string(std::chrono::system_clock::to_time_t(time));
}

std::string TimeText(std::chrono::system_clock::time_point time) {
  return FormatUtc(time, "%a %b %e %H:%M:%S %Y UTC");
}

std::string_view Lower(Protocol protocol) { return protocol == Protocol::kTcp ? "tcp" : "udp"; }

/// The listed ports of a host in order, each with its group.
std::map<Port, const PortGroup*> ListedPorts(const std::vector<PortGroup>& groups) {
  std::map<Port, const PortGroup*> listed;
  for (const PortGroup& group : groups) {
    if (!IsListed(group)) continue;
    for (const PortRange& range : group.ports.ranges()) {
      for (unsigned number = range.first.number(); number <= range.last.number(); ++number)
        listed[*Port::From(static_cast<std::uint16_t>(number))] = &group;
    }
  }
  return listed;
}

std::string ServiceOf(Protocol protocol, Port port) {
  const CatalogPort* known = FindCatalogPort(protocol, port);
  return known == nullptr ? std::string() : std::string(known->service);
}

/// nmap has one <extraports> a state.
std::string ExtraPorts(const std::vector<PortGroup>& groups) {
  std::map<std::string_view, std::map<std::string_view, std::size_t>> counts;
  for (const PortGroup& group : groups) {
    if (!IsListed(group)) counts[NmapState(group.state)][NmapReason(group)] += group.ports.size();
  }
  std::string xml;
  for (const auto& [state, reasons] : counts) {
    std::size_t all = 0;
    std::string inner;
    for (const auto& [reason, count] : reasons) {
      all += count;
      inner += "<extrareasons" + Attribute("reason", reason) +
               Attribute("count", std::to_string(count)) + "/>";
    }
    xml += "<extraports" + Attribute("state", state) + Attribute("count", std::to_string(all)) +
           ">" + inner + "</extraports>\n";
  }
  return xml;
}

/// What was asked, or what the port's number says.
std::string ServiceXml(const Endpoint& target, const ServiceIdentity* service) {
  if (service == nullptr || service->name == "unknown") {
    const std::string name = ServiceOf(target.protocol, target.port);
    if (name.empty()) return {};
    return "<service" + Attribute("name", name) + " method=\"table\" conf=\"3\"/>";
  }
  std::string xml = "<service" + Attribute("name", service->name);
  if (!service->product.empty()) xml += Attribute("product", service->product);
  if (!service->version.empty()) xml += Attribute("version", service->version);
  std::string extra = service->evidence;
  if (service->access == Access::kAnswers) extra += "; answers without credentials";
  if (service->access == Access::kRefuses) extra += "; asks for credentials";
  xml += Attribute("extrainfo", extra);
  if (service->tls) xml += " tunnel=\"ssl\"";
  return xml + " method=\"probed\" conf=\"10\"/>";
}

std::string HostXml(const SweepResults& results, const IpAddress& address,
                    const std::vector<PortGroup>& groups) {
  std::string xml = "<host><status state=\"up\" reason=\"user-set\" reason_ttl=\"0\"/>\n<address" +
                    Attribute("addr", ShowZoned(address)) +
                    Attribute("addrtype", address.is_v4() ? "ipv4" : "ipv6") + "/>\n<ports>" +
                    ExtraPorts(groups);
  for (const auto& [port, group] : ListedPorts(groups)) {
    xml += "<port" + Attribute("protocol", Lower(group->protocol)) +
           Attribute("portid", std::to_string(port.number())) + "><state" +
           Attribute("state", NmapState(group->state)) + Attribute("reason", NmapReason(*group)) +
           " reason_ttl=\"0\"";
    if (group->icmp) xml += Attribute("reason_ip", group->icmp->from.ToString());
    xml += "/>";
    const Endpoint target{address, group->protocol, port};
    xml += ServiceXml(target, results.FindService(target));
    xml += "</port>\n";
  }
  return xml + "</ports>\n</host>\n";
}

std::string Elapsed(const SweepRun& run) {
  const auto ms = run.totals.sweep_time.count();
  std::string fraction = std::to_string(ms % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::to_string(ms / 1000) + "." + fraction;
}

/// service/rpc/version/, where a slash becomes a bar, as nmap has it.
std::string GrepableService(const SweepResults& results, const Endpoint& target) {
  const ServiceIdentity* service = results.FindService(target);
  if (service == nullptr || service->name == "unknown")
    return ServiceOf(target.protocol, target.port) + "///";
  std::string version = service->product;
  if (!service->version.empty()) version += (version.empty() ? "" : " ") + service->version;
  for (char& c : version) {
    if (c == '/' || c == ',') c = '|';
  }
  return (service->tls ? "ssl|" : "") + service->name + "//" + version + "/";
}

}  // namespace

std::string WriteXml(const SweepResults& results, const SweepRun& run) {
  const std::string hosts = std::to_string(results.hosts().size());
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n<nmaprun "
      "scanner=\"podreach-probe\"" +
      Attribute("args", run.arguments) + Attribute("start", Epoch(run.started)) +
      Attribute("startstr", TimeText(run.started)) + Attribute("version", PODREACH_VERSION) +
      " xmloutputversion=\"1.05\">\n<scaninfo" +
      Attribute("type", run.protocol == Protocol::kTcp ? "connect" : "udp") +
      Attribute("protocol", Lower(run.protocol)) +
      Attribute("numservices", std::to_string(run.port_count)) + Attribute("services", run.ports) +
      "/>\n";
  for (const auto& [address, groups] : results.hosts()) xml += HostXml(results, address, groups);
  const auto finished = run.started + run.totals.sweep_time;
  return xml + "<runstats><finished" + Attribute("time", Epoch(finished)) +
         Attribute("timestr", TimeText(finished)) + Attribute("elapsed", Elapsed(run)) +
         Attribute("exit", run.interrupted ? "error" : "success") + "/><hosts" +
         Attribute("up", hosts) + " down=\"0\"" + Attribute("total", hosts) +
         "/>\n</runstats>\n</nmaprun>\n";
}

std::string WriteGrepable(const SweepResults& results, const SweepRun& run) {
  std::string text = "# podreach-probe " PODREACH_VERSION " scan initiated " +
                     TimeText(run.started) + " as: " + run.arguments + "\n";
  for (const auto& [address, groups] : results.hosts()) {
    text += "Host: " + ShowZoned(address) + " ()\tStatus: Up\n";
    std::string ports;
    for (const auto& [port, group] : ListedPorts(groups)) {
      ports += (ports.empty() ? "" : ", ") + std::to_string(port.number()) + "/" +
               std::string(NmapState(group->state)) + "/" + std::string(Lower(group->protocol)) +
               "//" + GrepableService(results, {address, group->protocol, port});
    }
    // The state that most of the other ports have, as nmap says it.
    std::map<std::string_view, std::size_t> ignored;
    for (const PortGroup& group : groups) {
      if (!IsListed(group)) ignored[NmapState(group.state)] += group.ports.size();
    }
    text += "Host: " + ShowZoned(address) + " ()";
    if (!ports.empty()) text += "\tPorts: " + ports;
    for (const auto& [state, count] : ignored)
      text += "\tIgnored State: " + std::string(state) + " (" + std::to_string(count) + ")";
    text += "\n";
  }
  return text + "# podreach-probe done at " + TimeText(run.started + run.totals.sweep_time) +
         " -- " + std::to_string(results.hosts().size()) + " hosts swept in " + Elapsed(run) +
         " seconds\n";
}

}  // namespace podreach::probe
