#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "podreach/net/ip_address.h"
#include "podreach/net/protocol.h"
#include "tests/sim/labels.h"

/// NetworkPolicy as the simulated cluster's enforcer carries it out. It is written from the API
/// types' documentation (networking/v1) and shares no code with src/policy, which it checks. It
/// looks at one pair of ends at a time; the only cleverness is that labels are numbers.
namespace podreach::sim {

constexpr std::uint32_t kAbsent = 0xFFFFFFFF;

/// A declared container port, which policies may name.
struct DeclaredPort {
  std::uint32_t name = kAbsent;  ///< number of the text; kAbsent where it has no name
  Protocol protocol = Protocol::kTcp;
  std::uint16_t port = 0;
  friend auto operator<=>(const DeclaredPort&, const DeclaredPort&) = default;
};

/// One end of a connection, as an enforcer sees it.
struct End {
  enum class Kind : std::uint8_t {
    kPod,
    kNode,     ///< a node, or a pod on its node's network
    kOutside,  ///< an address that is neither
  };
  Kind kind = Kind::kOutside;
  std::uint32_t ns = kAbsent;  ///< number of its name's text
  std::uint32_t labels = 0;    ///< number of its labels
  std::uint32_t node = kAbsent;
  IpAddress address;
  std::span<const DeclaredPort> ports;  ///< of the pod
};

/// The ports that one side's policies let through between two ends.
struct Allowance {
  struct Range {
    Protocol protocol = Protocol::kTcp;
    std::uint16_t first = 0;
    std::uint16_t last = 0;
  };
  bool all = true;
  std::vector<Range> ranges;  ///< where not all
  /// The answer looked at the other end's address, so it holds for that address alone.
  bool by_address = false;

  [[nodiscard]] bool Has(Protocol protocol, std::uint16_t port) const;
};

/// All policies of a cluster. Not thread-safe.
class PolicySet {
 public:
  explicit PolicySet(LabelTable& labels) : labels_(labels), texts_(labels.texts()) {}

  void SetNamespace(std::uint32_t ns, std::uint32_t labels) { namespaces_[ns] = labels; }
  /// Takes a NetworkPolicy object as an API server would accept it. A second one of that namespace
  /// and name replaces the first.
  void Add(const nlohmann::json& policy);
  void Remove(const std::string& ns, const std::string& name);

  /// What the source's own policies let it send to the destination.
  [[nodiscard]] Allowance Egress(const End& source, const End& destination) const;
  /// What the destination's policies let in from the source. A node always reaches the pods that
  /// run on it (kubernetes.io/docs/concepts/services-networking/network-policies).
  [[nodiscard]] Allowance Ingress(const End& source, const End& destination) const;

 private:
  struct Block {
    IpAddress network;
    int length = 0;
  };
  struct Peer {
    std::optional<Selector> pods;
    std::optional<Selector> namespaces;
    std::optional<Block> block;
    std::vector<Block> except;
  };
  struct PortRule {
    Protocol protocol = Protocol::kTcp;
    enum class Kind : std::uint8_t { kAny, kNumber, kName } kind = Kind::kAny;
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    std::uint32_t name = kAbsent;
  };
  struct Rule {
    std::vector<Peer> peers;
    std::vector<PortRule> ports;
  };
  struct Policy {
    std::string name;
    Selector subjects;
    bool ingress = false;
    bool egress = false;
    std::vector<Rule> in;
    std::vector<Rule> out;
  };
  /// The policies that select the pods of one namespace with one set of labels.
  struct Selected {
    std::vector<const Policy*> policies;
  };

  [[nodiscard]] static Block ParseBlock(const std::string& text);
  [[nodiscard]] static bool Covers(const Block& block, const IpAddress& address);
  [[nodiscard]] Peer ParsePeer(const nlohmann::json& peer) const;
  [[nodiscard]] PortRule ParsePort(const nlohmann::json& port) const;
  [[nodiscard]] std::vector<Rule> ParseRules(const nlohmann::json& spec, const char* direction,
                                             const char* peers) const;
  [[nodiscard]] const Selected& SelectedBy(const End& subject) const;
  [[nodiscard]] bool PeerIs(const Peer& peer, std::uint32_t policy_ns, const End& other,
                            bool& by_address) const;
  [[nodiscard]] static bool AddPorts(const Rule& rule, const End* named, Allowance& allowance);
  [[nodiscard]] Allowance Side(bool ingress, const End& subject, const End& other,
                               const End& destination) const;

  LabelTable& labels_;
  TextTable& texts_;
  std::map<std::uint32_t, std::uint32_t> namespaces_;                // name -> labels
  std::map<std::uint32_t, std::map<std::string, Policy>> policies_;  // by namespace and name
  mutable std::map<std::pair<std::uint32_t, std::uint32_t>, Selected> selected_;  // a memo
};

}  // namespace podreach::sim
