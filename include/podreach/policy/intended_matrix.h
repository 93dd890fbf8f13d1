#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "podreach/policy/evaluator.h"

namespace podreach {

enum class GroupBy : std::uint8_t { kWorkload, kPod, kNamespace };

/// What the policies intend between two ends, which differ or are one workload's replicas.
struct IntendedConnection {
  std::size_t source = 0;        ///< index into the ends
  std::size_t destination = 0;   ///< the same
  std::array<PortSet, 3> ports;  ///< allowed, by Protocol: TCP, UDP, SCTP
  /// Why some ports can't be judged; empty where all could.
  std::string because;
};

/// The intended matrix, pair by pair, streamed: it is never held whole. Ends are workloads, pods or
/// namespaces of the snapshot, then ranges of addresses outside: all of IPv4, and of IPv6 where the
/// snapshot has any, cut by every ipBlock; alike neighbours are joined. What several pods of one
/// end may do differently is joined: an end may reach what one of its pods may. Ranges are not
/// paired with each other.
class IntendedMatrix {
 public:
  IntendedMatrix(const Evaluator& evaluator, GroupBy group_by);

  /// "shop/web[Deployment]", "shop/web-1[Pod]", "shop", "10.0.0.0-10.0.0.255".
  [[nodiscard]] const std::string& end(std::size_t index) const { return ends_[index]; }
  /// Gives each pair that is allowed or unknown in part: between pods in order of sources, then
  /// destinations, each source's with the ranges that it may reach after them; then the ranges'.
  void ForEach(const std::function<void(const IntendedConnection&)>& give);

 private:
  struct Range {
    IpAddress first;
    IpAddress last;
  };
  /// Pods that the policies can't tell apart: of one class, with addresses in one range, on a node.
  struct Peer {
    PolicyPeer one;
    std::optional<PolicyPeer> another;  ///< of the same; a template stands for several
  };
  struct Member {
    std::size_t peer = 0;
    bool several = false;  ///< pods of the end
  };
  struct Answer {
    std::array<PortSet, 3> ports;
    std::string because;
    friend bool operator==(const Answer&, const Answer&) = default;
  };
  using Give = std::function<void(const IntendedConnection&)>;

  void CutRanges();
  void AddEnds(GroupBy group_by);
  [[nodiscard]] std::size_t RangeOf(const IpAddress& address) const;
  [[nodiscard]] std::size_t NameRange(std::size_t first, std::size_t last);
  [[nodiscard]] Answer Ask(const PolicyPeer& source, const PolicyPeer& destination) const;
  void GivePods(std::size_t source, const Give& give) const;
  void GiveRanges(std::size_t inside, bool inward, const Give& give);

  const Evaluator& evaluator_;
  std::vector<std::string> ends_;
  std::vector<std::vector<Member>> members_;  ///< the peers of an end with pods
  std::vector<Peer> peers_;
  std::vector<Range> ranges_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> range_ends_;  ///< joined ranges' ends
};

}  // namespace podreach
