#include <fnmatch.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "podreach/net/port_set.h"
#include "tests/sim/load.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

bool Matches(const std::string& glob, const std::string& text) {
  return fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

Listener::Kind KindOf(const std::string& text) {
  if (text == "silent") return Listener::Kind::kSilent;
  if (text == "firewall") return Listener::Kind::kFirewall;
  if (text == "closed" || text == "loopback") return Listener::Kind::kClosed;
  return Listener::Kind::kAnswers;
}

std::vector<Listener> ListenersOf(const json& entry) {
  std::vector<Listener> listeners;
  const Protocol protocol = ParseProtocol(entry.value("protocol", "TCP")).value_or(Protocol::kTcp);
  const auto ports = PortSet::Parse(entry.at("ports").get<std::string>()).value_or(PortSet());
  for (const PortRange& range : ports.ranges()) {
    listeners.push_back({protocol, range.first.number(), range.last.number(),
                         KindOf(entry.value("is", "answers"))});
  }
  return listeners;
}

/// Calls `change` with every pod whose "namespace/name" matches; says how many there were.
template <typename Change>
std::size_t ForPods(World& world, const std::string& glob, const Change& change) {
  Cluster& cluster = world.cluster;
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < cluster.pods().size(); ++i) {
    PodModel& pod = cluster.pod(i);
    const std::string name =
        std::string(cluster.texts().At(pod.ns)) + "/" + std::string(cluster.texts().At(pod.name));
    if (!Matches(glob, name)) continue;
    change(pod);
    ++count;
  }
  return count;
}

template <typename Change>
std::size_t ForNodes(World& world, const std::string& glob, const Change& change) {
  std::size_t count = 0;
  for (NodeModel& node : world.cluster.nodes()) {
    if (!Matches(glob, node.name)) continue;
    change(node);
    ++count;
  }
  return count;
}

/// What comes first decides, so that a table's word stands before what is declared.
void Prepend(std::vector<Listener>& listeners, std::vector<Listener> first) {
  first.insert(first.end(), listeners.begin(), listeners.end());
  listeners = std::move(first);
}

/// One entry: its "what" says what is meant, its "pods", "nodes" or "address" whom.
std::size_t Apply(const json& entry, World& world) {
  const std::string what = entry.at("what").get<std::string>();
  if (what == "dead")
    return ForPods(world, entry.at("pods"), [](PodModel& pod) { pod.dead = true; });
  if (what == "unenforced")
    return ForNodes(world, entry.at("nodes"), [](NodeModel& node) { node.enforces = false; });
  if (what != "ports") return 0;
  const std::vector<Listener> listeners = ListenersOf(entry);
  if (entry.contains("address")) {
    const auto address = IpAddress::Parse(entry.at("address").get<std::string>());
    if (!address) return 0;
    for (const Listener& listener : listeners) world.cluster.AddOutside(*address, listener);
    return 1;
  }
  if (entry.contains("nodes")) {
    return ForNodes(world, entry.at("nodes"),
                    [&](NodeModel& node) { Prepend(node.listeners, listeners); });
  }
  return ForPods(world, entry.at("pods"), [&](PodModel& pod) {
    auto all = world.cluster.ListenersAt(pod.listeners);
    Prepend(all, listeners);
    pod.listeners = world.cluster.AddListeners(std::move(all));
  });
}

}  // namespace

Result<void> ApplyTable(const std::filesystem::path& file, World& world) {
  std::ifstream in(file);
  const json table = json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!table.is_array())
    return MakeError(ErrorKind::kInvalidInput, file.string() + ": not a JSON array");
  for (const json& entry : table) {
    try {
      if (Apply(entry, world) == 0) {
        return MakeError(ErrorKind::kInvalidInput,
                         file.string() + ": nothing is meant by " + entry.dump());
      }
    } catch (const json::exception& error) {
      return MakeError(ErrorKind::kInvalidInput,
                       file.string() + ": " + entry.dump() + ": " + error.what());
    }
  }
  return {};
}

}  // namespace podreach::sim
