#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "podreach/wire/probe_report.h"
#include "wire/strict_json.h"

namespace podreach::wire {

/// What one hello frame says: a part of the ports, if more frames follow.
struct HelloPayload {
  PortSet tcp;
  PortSet udp;
  std::vector<ListenFailure> failed;
  bool more = false;
};

/// The payloads of src/wire/FORMAT.md, every field checked; what is wrong goes to the problem of
/// the fields. `type` and `round` were asked for before.
[[nodiscard]] HelloPayload ReadHello(FieldReader& fields, Problem& problem);
[[nodiscard]] HostReport ReadHost(FieldReader& fields, Problem& problem);
[[nodiscard]] NameReport ReadName(FieldReader& fields, Problem& problem);
[[nodiscard]] ServiceReport ReadServiceReport(FieldReader& fields, Problem& problem);
[[nodiscard]] SweepTotals ReadClose(FieldReader& fields);

}  // namespace podreach::wire
