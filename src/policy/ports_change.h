#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "podreach/policy/matrix_diff.h"

namespace podreach::policy {

/// What is intended between two ends, by Protocol; ports in neither are denied.
struct PortsAnswer {
  std::array<PortSet, 3> allowed;
  std::array<PortSet, 3> unknown;
  std::string because;  ///< why some are unknown; else empty
};

/// What becomes of the ports of two ends; the first that changes, or nothing where none does.
[[nodiscard]] std::optional<std::pair<Protocol, Port>> CompareAnswers(const PortsAnswer& before,
                                                                      const PortsAnswer& after,
                                                                      PortsChange& change);

}  // namespace podreach::policy
