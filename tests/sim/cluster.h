#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "podreach/net/ip_address.h"
#include "podreach/net/protocol.h"
#include "tests/sim/labels.h"
#include "tests/sim/network_policy.h"

namespace podreach::sim {

/// How an enforcer denies a connection.
enum class Denial : std::uint8_t {
  kDrop,    ///< silence
  kReject,  ///< ICMP port unreachable (3/3) from the node that denies
  kReset,   ///< an RST for TCP, silence for the rest
  kNone,    ///< nothing enforces policies
};

/// What listens at some ports of a pod or a node.
struct Listener {
  Protocol protocol = Protocol::kTcp;
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  enum class Kind : std::uint8_t {
    kAnswers,   ///< TCP accepts; UDP answers
    kSilent,    ///< UDP that doesn't answer what it doesn't understand
    kFirewall,  ///< the pod's own firewall drops what comes
    kClosed,    ///< nothing listens there, although it is declared (or on 127.0.0.1 alone)
  } kind = Kind::kAnswers;
  friend auto operator<=>(const Listener&, const Listener&) = default;
};

/// A pod as the network sees it. It stays here after its deletion, for questions about the past.
struct PodModel {
  std::uint32_t ns = kAbsent;    ///< number of its namespace's name
  std::uint32_t name = kAbsent;  ///< number of its name
  std::uint32_t labels = 0;
  std::uint32_t ports = 0;      ///< number of its declared ports
  std::uint32_t listeners = 0;  ///< number of its listeners
  std::uint32_t node = kAbsent;
  IpAddress address;
  bool host_network = false;
  bool dead = false;  ///< said to run, but nothing answers
  bool gone = false;
};

struct NodeModel {
  std::string name;
  IpAddress address;
  std::uint32_t first_pod_address = 0;  ///< host order; the node's pods follow it
  std::uint32_t next_pod_address = 0;
  std::uint32_t pods = 0;  ///< that take a slot
  bool enforces = true;
  std::vector<Listener> listeners;
  std::vector<std::uint32_t> host_pods;  ///< pods on its network
};

/// A place behind a Service: a pod's address and port, or an address outside.
struct BackendModel {
  IpAddress address;
  std::uint16_t port = 0;
};

struct ServiceKey {
  Protocol protocol = Protocol::kTcp;
  std::uint16_t port = 0;
  friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
};

/// What stands at an address.
struct Place {
  enum class Kind : std::uint8_t {
    kNothing,
    kPod,
    kNode,
    kService,
    kOutside
  } kind = Kind::kNothing;
  std::uint32_t index = 0;  ///< of a pod, node or service
};

/// The cluster's network as it really is: who stands where, what listens, what is enforced.
class Cluster {
 public:
  static constexpr std::uint32_t kPodsPerCidr = 1022;  // a /22 for each node

  Cluster() : labels_(texts_), policies_(labels_) {}
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  [[nodiscard]] TextTable& texts() { return texts_; }
  [[nodiscard]] const TextTable& texts() const { return texts_; }
  [[nodiscard]] LabelTable& labels() { return labels_; }
  [[nodiscard]] PolicySet& policies() { return policies_; }
  [[nodiscard]] const PolicySet& policies() const { return policies_; }

  /// Adds `count` nodes, "node-0" and so on, with an address and a pod CIDR each.
  void AddNodes(std::uint32_t count, std::uint32_t pods_per_node);
  [[nodiscard]] std::vector<NodeModel>& nodes() { return nodes_; }
  [[nodiscard]] const std::vector<NodeModel>& nodes() const { return nodes_; }
  [[nodiscard]] std::optional<std::uint32_t> FindNode(std::string_view name) const;
  /// A node with a free slot: the preferred one if it has one, else the next in turn. Nothing where
  /// every node is full.
  [[nodiscard]] std::optional<std::uint32_t> ChooseNode(std::optional<std::uint32_t> preferred);
  [[nodiscard]] bool HasSlot(std::uint32_t node) const {
    return nodes_[node].pods < pods_per_node_;
  }

  std::uint32_t AddPorts(std::vector<DeclaredPort> ports);
  std::uint32_t AddListeners(std::vector<Listener> listeners);
  [[nodiscard]] const std::vector<DeclaredPort>& PortsAt(std::uint32_t id) const {
    return ports_[id];
  }
  [[nodiscard]] const std::vector<Listener>& ListenersAt(std::uint32_t id) const {
    return listeners_[id];
  }

  /// Puts a pod onto its node: it takes a slot and gets an address. Gives its number.
  std::uint32_t AddPod(PodModel pod);
  /// Frees its slot. Its address isn't given to another pod until the node's CIDR is used up.
  void RemovePod(std::uint32_t pod);
  [[nodiscard]] PodModel& pod(std::uint32_t index) { return pods_[index]; }
  [[nodiscard]] const std::deque<PodModel>& pods() const { return pods_; }
  /// The last pod of that name, even if it is gone.
  [[nodiscard]] std::optional<std::uint32_t> FindPod(std::string_view ns,
                                                     std::string_view name) const;
  /// A port of a Service's address; a later call for the same one replaces the backends.
  void AddService(const IpAddress& address, ServiceKey key, std::vector<BackendModel> backends);
  void AddNodePort(ServiceKey key, std::vector<BackendModel> backends);
  [[nodiscard]] const std::vector<BackendModel>* ServiceAt(std::uint32_t service,
                                                           ServiceKey key) const;
  [[nodiscard]] const std::vector<BackendModel>* NodePortAt(ServiceKey key) const;
  /// What listens outside of the cluster.
  void AddOutside(const IpAddress& address, Listener listener);
  [[nodiscard]] const std::vector<Listener>* OutsideAt(const IpAddress& address) const;

  [[nodiscard]] Place Find(const IpAddress& address) const;
  /// A pod or node as an end of a connection.
  [[nodiscard]] End PodEnd(std::uint32_t pod) const;
  [[nodiscard]] End NodeEnd(std::uint32_t node) const;

  Denial denial = Denial::kDrop;
  std::uint64_t conntrack = 0;  ///< entries of a node's connection table; 0: not to be read

 private:
  IpAddress NextAddress(NodeModel& node);

  TextTable texts_;
  LabelTable labels_;
  PolicySet policies_;
  std::vector<NodeModel> nodes_;
  std::uint32_t pods_per_node_ = 110;
  std::uint32_t turn_ = 0;  // the node that the next pod goes to
  std::deque<std::vector<DeclaredPort>> ports_;
  std::map<std::vector<DeclaredPort>, std::uint32_t> port_ids_;
  std::deque<std::vector<Listener>> listeners_;
  std::map<std::vector<Listener>, std::uint32_t> listener_ids_;
  std::deque<PodModel> pods_;
  std::unordered_map<std::uint64_t, std::uint32_t> pod_names_;  // namespace and name -> pod
  std::map<std::string, std::uint32_t, std::less<>> node_names_;
  std::vector<std::uint32_t> pod_at_;  // by address from the first pod CIDR on; kAbsent: nothing
  std::map<IpAddress, Place> places_;  // everything but pods
  std::vector<std::map<ServiceKey, std::vector<BackendModel>>> services_;
  std::map<ServiceKey, std::vector<BackendModel>> node_ports_;
  std::map<IpAddress, std::vector<Listener>> outside_;
};

}  // namespace podreach::sim
