#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "podreach/wire/probe_report.h"
#include "tests/sim/cluster.h"

namespace podreach::sim {

/// What a probe sees of one attempt, and what it cost.
struct Seen {
  Outcome state = Outcome::kFiltered;
  std::optional<IcmpError> icmp;
  /// Where the packets went in the end: a node of the cluster, or kAbsent for outside.
  std::uint32_t node = kAbsent;
  /// A policy kept it from its target.
  bool denied = false;
  friend bool operator==(const Seen&, const Seen&) = default;
};

/// Whether pods that were deleted meanwhile are still there: a question about the past sees them.
enum class Past : std::uint8_t { kHidden, kSeen };

/// All connections of one source. It remembers what it learnt of each kind of destination, so a
/// known pair costs some ten nanoseconds. A policy that changes makes it invalid.
class Connector {
 public:
  Connector(const Cluster& cluster, std::uint32_t pod, Past past = Past::kHidden);

  /// A connection (TCP) or a datagram (UDP) to an address, through Services and NodePorts.
  [[nodiscard]] Seen Connect(const IpAddress& address, Protocol protocol, std::uint16_t port);

 private:
  /// What both sides' policies let through.
  struct Sides {
    Allowance egress;
    Allowance ingress;
  };
  struct Key {
    std::uint32_t ns, labels, ports;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return ((std::size_t{key.ns} * 0x9E3779B97F4A7C15U ^ key.labels) * 0x9E3779B97F4A7C15U ^
              key.ports) *
             0x9E3779B97F4A7C15U;
    }
  };

  [[nodiscard]] const Sides& SidesOf(const End& destination, std::uint32_t ports);
  [[nodiscard]] Seen ToPod(std::uint32_t pod, Protocol protocol, std::uint16_t port);
  [[nodiscard]] Seen ToNode(std::uint32_t node, Protocol protocol, std::uint16_t port);
  [[nodiscard]] Seen ToOutside(const IpAddress& address, Protocol protocol, std::uint16_t port);
  [[nodiscard]] Seen ToBackend(const std::vector<BackendModel>& backends, const IpAddress& asked,
                               Protocol protocol, std::uint16_t port);
  [[nodiscard]] std::optional<Seen> Deny(const Sides& sides, const End& destination,
                                         Protocol protocol, std::uint16_t port) const;
  [[nodiscard]] Seen Denied(std::uint32_t by_node, std::uint32_t to_node, Protocol protocol) const;

  const Cluster& cluster_;
  const std::uint32_t pod_;
  const Past past_;
  const End source_;
  std::unordered_map<Key, Sides, KeyHash> known_;
  Sides fresh_;  // of a destination whose address matters
  std::uint32_t last_pod_ = kAbsent;
  const Sides* last_ = nullptr;
};

}  // namespace podreach::sim
