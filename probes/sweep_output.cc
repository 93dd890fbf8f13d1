#include "sweep_output.h"

#include "target_list.h"

namespace podreach::probe {

namespace {

std::string EndpointText(const Endpoint& target) {
  if (target.address.zone() == 0) return target.ToString();
  return "[" + ShowZoned(target.address) + "]:" + std::to_string(target.port.number()) + "/" +
         std::string(ToString(target.protocol));
}

}  // namespace

std::string EvidenceOf(const PortGroup& group) {
  if (group.icmp) {
    return "ICMP type " + std::to_string(group.icmp->type) + " code " +
           std::to_string(group.icmp->code) + " from " + group.icmp->from.ToString();
  }
  if (group.unsure) return "unsure: packets to this host get lost";
  return group.error_number == 0 ? std::string() : "errno " + std::to_string(group.error_number);
}

std::string_view NmapState(Outcome state) {
  switch (state) {
    case Outcome::kOpen:
      return "open";
    case Outcome::kClosed:
      return "closed";
    case Outcome::kRejected:
    case Outcome::kFiltered:
    case Outcome::kUnreachable:
      return "filtered";
    case Outcome::kOpenFiltered:
      return "open|filtered";
    case Outcome::kLocalError:
    case Outcome::kNotProbed:
      return "unknown";
  }
  return "unknown";
}

std::string_view NmapReason(const PortGroup& group) {
  const bool tcp = group.protocol == Protocol::kTcp;
  switch (group.state) {
    case Outcome::kOpen:
      return tcp ? "syn-ack" : "udp-response";
    case Outcome::kClosed:
      return tcp ? "conn-refused" : "port-unreach";
    case Outcome::kRejected: {
      if (!group.icmp) return "port-unreach";
      const bool v4 = group.icmp->from.is_v4();
      if (group.icmp->code == (v4 ? 3 : 4)) return "port-unreach";
      if (v4 && group.icmp->code == 9) return "net-prohibited";
      if (v4 && group.icmp->code == 10) return "host-prohibited";
      if (v4 && group.icmp->code == 2) return "proto-unreach";
      return "admin-prohibited";
    }
    case Outcome::kFiltered:
    case Outcome::kOpenFiltered:
      return "no-response";
    case Outcome::kUnreachable:
      return "host-unreach";
    case Outcome::kLocalError:
    case Outcome::kNotProbed:
      return "unknown-response";
  }
  return "unknown-response";
}

std::string WriteJsonLine(const Endpoint& target, const Verdict& verdict,
                          const ServiceIdentity* service) {
  const PortGroup group{target.protocol, verdict.state,        {},
                        verdict.icmp,    verdict.error_number, !verdict.sure};
  return R"({"address":")" + ShowZoned(target.address) + R"(","protocol":")" +
         std::string(ToString(target.protocol)) + R"(","port":)" +
         std::to_string(target.port.number()) + R"(,"state":")" +
         std::string(ToString(verdict.state)) + R"(","evidence":")" + EvidenceOf(group) + "\"" +
         (service == nullptr ? std::string() : ",\"service\":" + ToJson(*service)) + "}\n";
}

std::string DescribeService(const ServiceIdentity& service) {
  std::string text = service.name;
  if (!service.product.empty()) text += ", " + service.product;
  if (!service.version.empty()) text += " " + service.version;
  if (service.access == Access::kAnswers) text += ", answers without credentials";
  if (service.access == Access::kRefuses) text += ", asks for credentials";
  if (service.tls) {
    text += ", " + service.tls->version;
    if (!service.tls->subject.empty()) text += " " + service.tls->subject;
    if (service.tls->client_certificate != ClientCertificate::kNotAsked)
      text += ", client certificate " + std::string(ToString(service.tls->client_certificate));
  }
  return service.evidence.empty() ? text : text + " (" + service.evidence + ")";
}

std::string WriteTable(const SweepResults& results) {
  std::string text;
  for (const auto& [address, groups] : results.hosts()) {
    std::map<Port, std::string> rows;
    for (const PortGroup& group : groups) {
      const bool quiet = group.state == Outcome::kClosed || group.state == Outcome::kFiltered ||
                         group.state == Outcome::kOpenFiltered;
      if (quiet) continue;
      for (const PortRange& range : group.ports.ranges()) {
        for (unsigned number = range.first.number(); number <= range.last.number(); ++number) {
          const Port port = *Port::From(static_cast<std::uint16_t>(number));
          std::string row = EndpointText({address, group.protocol, port}) + "  " +
                            std::string(ToString(group.state));
          if (const std::string evidence = EvidenceOf(group); !evidence.empty())
            row += "  (" + evidence + ")";
          if (const ServiceIdentity* service = results.FindService({address, group.protocol, port}))
            row += "  " + DescribeService(*service);
          rows[port] = row + "\n";
        }
      }
    }
    for (const auto& [port, row] : rows) text += row;
  }
  return text;
}

}  // namespace podreach::probe
