#include "tests/sim/truth.h"

#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "tests/sim/network.h"

namespace podreach::sim {
namespace {

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t space = line.find(' ');
    if (space != 0) words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) break;
    line.remove_prefix(space + 1);
  }
  return words;
}

class Answerer {
 public:
  explicit Answerer(const Cluster& cluster) : cluster_(cluster) {}

  [[nodiscard]] std::string Answer(std::string_view line) {
    const auto words = Words(line);
    if (words.size() != 5) return "? ? ? ?";
    const auto pod = cluster_.FindPod(words[0], words[1]);
    const auto address = IpAddress::Parse(words[2]);
    const auto protocol = ParseProtocol(words[3]);
    std::uint16_t port = 0;
    std::from_chars(words[4].data(), words[4].data() + words[4].size(), port);
    if (!pod || !address || !protocol || port == 0) return "? ? ? ?";
    if (!connector_ || pod_ != *pod) {
      pod_ = *pod;
      connector_ = std::make_unique<Connector>(cluster_, *pod, Past::kSeen);
    }
    const Seen seen = connector_->Connect(*address, *protocol, port);
    const End source = cluster_.PodEnd(*pod);
    const std::string from = source.kind == End::Kind::kNode ? "node>" : "";
    return std::string(ToString(seen.state)) + (seen.denied ? " no " : " yes ") +
           Intended(source, *address, *protocol, port) + " " + from +
           PlaceOf(source, *address, *protocol, port);
  }

 private:
  [[nodiscard]] std::string PlaceOf(const End& source, const IpAddress& address, Protocol protocol,
                                    std::uint16_t port) const {
    const Place place = cluster_.Find(address);
    switch (place.kind) {
      case Place::Kind::kNothing:
        return "nothing";
      case Place::Kind::kPod:
        return "pod";
      case Place::Kind::kNode:
        if (cluster_.NodePortAt({protocol, port}) != nullptr) return "node-port";
        return place.index == source.node ? "own-node" : "node";
      case Place::Kind::kService:
        return "service";
      case Place::Kind::kOutside:
        return "outside";
    }
    return "?";
  }

  [[nodiscard]] std::string Intended(const End& source, const IpAddress& address, Protocol protocol,
                                     std::uint16_t port) const {
    const Place place = cluster_.Find(address);
    const auto* backends =
        place.kind == Place::Kind::kService ? cluster_.ServiceAt(place.index, {protocol, port})
        : place.kind == Place::Kind::kNode  ? cluster_.NodePortAt({protocol, port})
                                            : nullptr;
    if (place.kind == Place::Kind::kService && (backends == nullptr || backends->empty()))
      return "none";
    if (backends == nullptr) return IsAllowed(source, address, protocol, port) ? "allow" : "deny";
    std::size_t allowed = 0;
    for (const BackendModel& backend : *backends)
      allowed += IsAllowed(source, backend.address, protocol, backend.port) ? 1U : 0U;
    return backends->empty()             ? "none"
           : allowed == 0                ? "deny"
           : allowed == backends->size() ? "allow"
                                         : "mixed";
  }

  [[nodiscard]] bool IsAllowed(const End& source, const IpAddress& address, Protocol protocol,
                               std::uint16_t port) const {
    const Place place = cluster_.Find(address);
    End destination{End::Kind::kOutside, kAbsent, 0, kAbsent, address, {}};
    if (place.kind == Place::Kind::kPod) {
      if (place.index == pod_) return true;
      destination = cluster_.PodEnd(place.index);
    }
    if (place.kind == Place::Kind::kNode) destination = cluster_.NodeEnd(place.index);
    return cluster_.policies().Egress(source, destination).Has(protocol, port) &&
           cluster_.policies().Ingress(source, destination).Has(protocol, port);
  }

  const Cluster& cluster_;
  std::uint32_t pod_ = kAbsent;
  std::unique_ptr<Connector> connector_;
};

}  // namespace

std::string AnswerTruth(const Cluster& cluster, std::string_view questions) {
  Answerer answerer(cluster);
  std::string answers;
  while (!questions.empty()) {
    const std::size_t end = questions.find('\n');
    answers += answerer.Answer(questions.substr(0, end)) + "\n";
    if (end == std::string_view::npos) break;
    questions.remove_prefix(end + 1);
  }
  return answers;
}

}  // namespace podreach::sim
