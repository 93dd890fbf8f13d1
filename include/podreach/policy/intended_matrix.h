#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "podreach/policy/evaluator.h"

namespace podreach {

enum class GroupBy : std::uint8_t {
  kClass,  ///< pods that no policy tells apart, of all namespaces together
  kWorkload,
  kPod,
  kNamespace,
};

/// What the policies intend between two ends, which differ or are one workload's replicas.
struct IntendedConnection {
  std::size_t source = 0;          ///< index into the ends
  std::size_t destination = 0;     ///< the same
  std::array<PortSet, 3> ports;    ///< allowed, by Protocol: TCP, UDP, SCTP
  std::array<PortSet, 3> unknown;  ///< that can't be judged, the same way
  /// Why they can't; empty where all could.
  std::string because;
};

/// A policy that does nothing.
struct IdlePolicy {
  std::string policy;  ///< "shop/db"
  std::string kind;
  std::string place;             ///< "shop.yaml:12"; empty from a server
  bool selects_nothing = false;  ///< else it selects pods, and nothing would change without it
};

/// The intended matrix, pair by pair, streamed: it is never held whole. Ends are workloads, pods or
/// namespaces of the snapshot, then ranges of addresses outside: all of IPv4, and of IPv6 where the
/// snapshot has any, cut by every ipBlock; alike neighbours are joined. What several pods of one
/// end may do differently is joined: an end may reach what one of its pods may. Ranges are not
/// paired with each other.
///
/// The work grows with the distinct kinds of ends and with what is given, not with pairs of pods.
class IntendedMatrix {
 public:
  /// The evaluator must outlive the matrix, and Classify() must not be called meanwhile.
  /// `ipv6`: the outside's IPv6 addresses are given even where the snapshot has none.
  IntendedMatrix(const Evaluator& evaluator, GroupBy group_by, bool ipv6 = false);
  /// Groups the snapshot's pods, by their index, as they are called; pods of one name that policies
  /// tell apart are ends of their own, all of that name.
  IntendedMatrix(const Evaluator& evaluator, const std::vector<std::string>& end_of_pod);
  ~IntendedMatrix();
  IntendedMatrix(const IntendedMatrix&) = delete;
  IntendedMatrix& operator=(const IntendedMatrix&) = delete;

  /// "shop/web[Deployment]", "shop/web-1[Pod]", "shop", "10.0.0.0-10.0.0.255"; of a class the first
  /// of its workloads, and how many more there are.
  [[nodiscard]] const std::string& end(std::size_t index) const;
  /// What is grouped: the ends with pods come first.
  [[nodiscard]] std::size_t pod_ends() const;
  /// The workloads of a class, by name; GroupBy::kClass alone.
  [[nodiscard]] const std::vector<std::string>& workloads(std::size_t end) const;
  [[nodiscard]] std::size_t pods(std::size_t end) const;
  /// Indices of an end's pods in the snapshot; of those with pods alone.
  [[nodiscard]] const std::vector<std::size_t>& members(std::size_t end) const;
  /// Whether the outside's IPv6 addresses are given.
  [[nodiscard]] bool ipv6() const;
  /// First and last address of an end that is a range.
  [[nodiscard]] std::pair<IpAddress, IpAddress> range(std::size_t end) const;
  /// Gives each pair that is allowed or unknown in part: between pods in order of sources, then
  /// destinations, each source's with the ranges that it may reach after them; then the ranges'.
  /// May be called again, and gives the same.
  void ForEach(const std::function<void(const IntendedConnection&)>& give);
  /// Policies that could be read and select no pod, or that change nothing for any pod that they
  /// select. One that selects every pod of its namespace is left out: it guards pods to come.
  [[nodiscard]] std::vector<IdlePolicy> IdlePolicies();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace podreach
