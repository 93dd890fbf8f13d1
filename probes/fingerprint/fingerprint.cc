#include "fingerprint/fingerprint.h"

#include "podreach/net/service_catalog.h"

namespace podreach::probe {

std::vector<Fingerprint> WithPorts(std::vector<Fingerprint> fingerprints) {
  for (Fingerprint& fingerprint : fingerprints) {
    if (fingerprint.services.empty()) fingerprint.services = {fingerprint.name};
    if (fingerprint.general) continue;
    for (const std::string& service : fingerprint.services) {
      fingerprint.tcp_ports.Add(ServicePorts(service, Protocol::kTcp));
      fingerprint.udp_ports.Add(ServicePorts(service, Protocol::kUdp));
    }
  }
  return fingerprints;
}

}  // namespace podreach::probe
