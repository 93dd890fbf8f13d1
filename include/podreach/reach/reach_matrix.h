#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "podreach/net/ip_address.h"
#include "podreach/net/service_identity.h"
#include "podreach/reach/icmp_error.h"
#include "podreach/reach/outcome.h"

namespace podreach {

/// Index of a vantage in the plan that a matrix belongs to.
enum class VantageId : std::uint32_t {};
/// Index of a target in the plan that a matrix belongs to.
enum class TargetId : std::uint32_t {};

[[nodiscard]] constexpr std::size_t Index(VantageId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr std::size_t Index(TargetId id) { return static_cast<std::size_t>(id); }

/// One observed cell.
struct Observation {
  Outcome outcome = Outcome::kNotProbed;
  std::optional<IcmpError> icmp;
  std::string
      note;  ///< why it is not-probed or a local-error, or what a control showed; else empty
  bool unsure = false;  ///< a silence that packet loss may explain
};

/// What answered at a target, and who asked.
struct IdentifiedService {
  VantageId asked_from{};
  ServiceIdentity service;
};

/// Vantages x targets, each cell an Observation that starts as not-probed.
class ReachMatrix {
 public:
  ReachMatrix(std::size_t vantages, std::size_t targets)
      : vantages_(vantages), targets_(targets), cells_(vantages * targets) {}

  [[nodiscard]] std::size_t vantages() const { return vantages_; }
  [[nodiscard]] std::size_t targets() const { return targets_; }
  [[nodiscard]] const Observation& At(VantageId vantage, TargetId target) const {
    return cells_.at(Index(vantage) * targets_ + Index(target));
  }
  [[nodiscard]] Observation& At(VantageId vantage, TargetId target) {
    return cells_.at(Index(vantage) * targets_ + Index(target));
  }

 private:
  std::size_t vantages_;
  std::size_t targets_;
  std::vector<Observation> cells_;
};

}  // namespace podreach
