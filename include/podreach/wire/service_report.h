#pragma once

#include <string>

#include "podreach/net/endpoint.h"
#include "podreach/net/service_identity.h"

namespace podreach {

/// One JSON object in ASCII, as in src/wire/FORMAT.md.
[[nodiscard]] std::string ToJson(const ServiceIdentity& service);

struct ServiceReport {
  Endpoint endpoint;
  ServiceIdentity service;
  friend bool operator==(const ServiceReport&, const ServiceReport&) = default;
};

}  // namespace podreach
