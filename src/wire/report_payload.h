#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "podreach/net/port.h"
#include "podreach/net/service_identity.h"
#include "podreach/wire/probe_report.h"
#include "wire/strict_json.h"

namespace podreach::wire {

/// What one hello frame says: a part of the whole, if more frames follow.
struct HelloPayload {
  HelloReport said;
  bool more = false;
};

/// One entry of a hosts frame.
struct HostsEntry {
  std::vector<HostRun> runs;
  std::vector<PortGroup> groups;
  bool more = false;  ///< the host's groups go on in the next entry
};

struct ServicePayload {
  std::uint32_t host = 0;  ///< index into the probe's ask
  Protocol protocol = Protocol::kTcp;
  Port port = *Port::From(1);
  ServiceIdentity service;
};

/// Writes runs as pairs of numbers: the hosts between the last run and this one, and its hosts but
/// one.
[[nodiscard]] std::string EncodeRuns(std::span<const HostRun> runs);

/// The payloads of src/wire/FORMAT.md, every field checked; what is wrong goes to the problem of
/// the fields. `type` and `round` were asked for before.
[[nodiscard]] HelloPayload ReadHello(FieldReader& fields, Problem& problem);
[[nodiscard]] std::vector<HostsEntry> ReadHosts(FieldReader& fields, Problem& problem);
[[nodiscard]] ServicePayload ReadService(FieldReader& fields, Problem& problem);
[[nodiscard]] SweepTotals ReadClose(FieldReader& fields);

}  // namespace podreach::wire
