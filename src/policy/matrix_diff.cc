#include "podreach/policy/matrix_diff.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "podreach/policy/intended_matrix.h"
#include "policy/address_space.h"
#include "policy/ports_change.h"

namespace podreach {
namespace {

/// Pods of a workload that are tried in search of a pair that shows what decides.
constexpr std::size_t kTriedPods = 16;

using AnswerId = std::uint32_t;
constexpr AnswerId kDenied = 0;

using Answer = policy::PortsAnswer;

/// Each distinct answer once, of both sides.
class Answers {
 public:
  Answers() : all_(1) {}
  AnswerId Intern(const IntendedConnection& connection) {
    Key key;
    for (std::size_t i = 0; i < 3; ++i) {
      key.first.at(i) = connection.ports.at(i).ranges();
      key.first.at(i + 3) = connection.unknown.at(i).ranges();
    }
    key.second = connection.because;
    const auto [found, added] =
        ids_.try_emplace(std::move(key), static_cast<AnswerId>(all_.size()));
    if (added) all_.push_back({connection.ports, connection.unknown, connection.because});
    return found->second;
  }
  [[nodiscard]] const Answer& Get(AnswerId id) const { return all_[id]; }

 private:
  using Key = std::pair<std::array<std::vector<PortRange>, 6>, std::string>;
  std::map<Key, AnswerId> ids_;
  std::vector<Answer> all_;
};

using NameId = std::uint32_t;

/// Every workload of both sides, in order of the names.
class Names {
 public:
  void Add(const std::string& name) { ids_.emplace(name, 0); }
  void Number() {
    for (auto& [name, id] : ids_) {
      id = static_cast<NameId>(all_.size());
      all_.push_back(&name);
    }
  }
  [[nodiscard]] NameId Of(const std::string& name) const { return ids_.at(name); }
  [[nodiscard]] const std::string& Get(NameId id) const { return *all_[id]; }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  std::map<std::string, NameId> ids_;
  std::vector<const std::string*> all_;
};

struct PodPair {
  NameId source = 0;
  NameId destination = 0;
  AnswerId answer = kDenied;
};

/// Of one workload, what it may reach or be reached from, by address.
struct Stretch {
  IpAddress first;
  IpAddress last;
  AnswerId answer = kDenied;
};

/// One side in a compact form.
struct Half {
  const Evaluator& evaluator;
  std::unique_ptr<IntendedMatrix> matrix =
      std::make_unique<IntendedMatrix>(evaluator, GroupBy::kWorkload);
  std::vector<std::optional<std::size_t>> ends;  // by name
  std::vector<PodPair> pairs;
  std::map<std::pair<NameId, bool>, std::vector<Stretch>> stretches;  // by workload, inward

  explicit Half(const Evaluator& of) : evaluator(of) {}

  /// Ranges that one side alone has must be told on both.
  void AddIpv6() { matrix = std::make_unique<IntendedMatrix>(evaluator, GroupBy::kWorkload, true); }

  void Load(const Names& names, Answers& answers) {
    ends.resize(names.size());
    std::vector<NameId> name_of(matrix->pod_ends());
    for (std::size_t end = 0; end < matrix->pod_ends(); ++end) {
      name_of[end] = names.Of(matrix->end(end));
      ends[name_of[end]] = end;
    }
    matrix->ForEach([&](const IntendedConnection& one) {
      const auto answer = answers.Intern(one);
      const bool from_range = one.source >= name_of.size();
      if (!from_range && one.destination < name_of.size()) {
        pairs.push_back({name_of[one.source], name_of[one.destination], answer});
        return;
      }
      const auto [first, last] = matrix->range(from_range ? one.source : one.destination);
      const auto inside = name_of[from_range ? one.destination : one.source];
      stretches[{inside, from_range}].push_back({first, last, answer});
    });
    // Names of workloads are in order on either side, so the pairs are.
  }

  [[nodiscard]] std::vector<PolicyPeer> PeersOf(const std::optional<NameId>& name,
                                                const std::optional<IpAddress>& address) const {
    if (!name) return {PolicyPeer{std::nullopt, address, {}, false}};
    std::vector<PolicyPeer> peers;
    if (!ends[*name]) return peers;
    for (const auto i : matrix->members(*ends[*name])) {
      if (peers.size() == kTriedPods) break;
      peers.push_back(evaluator.PeerOf(i));
    }
    return peers;
  }
};

Expectation ExpectationOf(const Answer& answer, Protocol protocol, Port port) {
  const auto i = static_cast<std::size_t>(protocol);
  if (answer.allowed.at(i).Contains(port)) return Expectation::kAllow;
  return answer.unknown.at(i).Contains(port) ? Expectation::kUnknown : Expectation::kDeny;
}

class Diff {
 public:
  using Give = std::function<void(const ChangedConnection&)>;
  Diff(const Evaluator& before, const Evaluator& after, const Give& give)
      : before_(before), after_(after), give_(give) {
    if (before_.matrix->ipv6() != after_.matrix->ipv6())
      (before_.matrix->ipv6() ? after_ : before_).AddIpv6();
    for (const auto* half : {&before_, &after_}) {
      for (std::size_t end = 0; end < half->matrix->pod_ends(); ++end)
        names_.Add(half->matrix->end(end));
    }
    names_.Number();
    before_.Load(names_, answers_);
    after_.Load(names_, answers_);
  }

  MatrixDiff Run() {
    for (NameId id = 0; id < names_.size(); ++id) {
      if (!before_.ends[id]) diff_.added.push_back(names_.Get(id));
      if (!after_.ends[id]) diff_.removed.push_back(names_.Get(id));
    }
    ComparePairs();
    std::map<std::pair<NameId, bool>, char> sides;
    for (const auto* half : {&before_, &after_}) {
      for (const auto& entry : half->stretches) sides.emplace(entry.first, 0);
    }
    for (const auto& entry : sides) CompareStretches(entry.first.first, entry.first.second);
    return std::move(diff_);
  }

 private:
  void ComparePairs() {
    const auto place = [](const PodPair& pair) { return std::tie(pair.source, pair.destination); };
    auto old = before_.pairs.begin();
    auto now = after_.pairs.begin();
    while (old != before_.pairs.end() || now != after_.pairs.end()) {
      const bool takes_old =
          now == after_.pairs.end() || (old != before_.pairs.end() && place(*old) <= place(*now));
      const bool takes_now =
          old == before_.pairs.end() || (now != after_.pairs.end() && place(*now) <= place(*old));
      const auto& at = takes_old ? *old : *now;
      Compare({at.source, {}, names_.Get(at.source)},
              {at.destination, {}, names_.Get(at.destination)}, takes_old ? old->answer : kDenied,
              takes_now ? now->answer : kDenied);
      if (takes_old) ++old;
      if (takes_now) ++now;
    }
  }

  /// Both sides' ranges, cut where either is; alike neighbours are one change.
  void CompareStretches(NameId inside, bool inward) {
    const auto of = [&](Half& half) -> std::vector<Stretch>& {
      return half.stretches[{inside, inward}];
    };
    std::map<IpAddress, std::pair<AnswerId, AnswerId>> starts;
    const auto cut = [&](const std::vector<Stretch>& stretches) {
      for (const auto& one : stretches) {
        starts[one.first];
        if (const auto next = one.last.Next()) starts[*next];
      }
    };
    cut(of(before_));
    cut(of(after_));
    const auto fill = [&](const std::vector<Stretch>& stretches, auto member) {
      for (const auto& one : stretches) {
        for (auto at = starts.find(one.first);
             at != starts.end() && at->first.family() == one.first.family() &&
             at->first <= one.last;
             ++at) {
          at->second.*member = one.answer;
        }
      }
    };
    fill(of(before_), &std::pair<AnswerId, AnswerId>::first);
    fill(of(after_), &std::pair<AnswerId, AnswerId>::second);
    for (auto at = starts.begin(); at != starts.end();) {
      const auto first = at;
      while (++at != starts.end() && at->second == first->second &&
             at->first.family() == first->first.family()) {
      }
      if (first->second.first == first->second.second) continue;
      const auto text = first->first.ToString() + "-" + LastBefore(first->first, at, starts);
      const Place outside{std::nullopt, first->first, text};
      const Place pods{inside, {}, names_.Get(inside)};
      Compare(inward ? outside : pods, inward ? pods : outside, first->second.first,
              first->second.second);
    }
  }

  using Starts = std::map<IpAddress, std::pair<AnswerId, AnswerId>>;
  static std::string LastBefore(const IpAddress& first, Starts::const_iterator next,
                                const Starts& starts) {
    if (next != starts.end() && next->first.family() == first.family())
      return Before(next->first).ToString();
    return first.is_v4() ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  }

  struct Place {
    std::optional<NameId> pods;
    std::optional<IpAddress> address;
    const std::string& name;
  };

  void Compare(const Place& source, const Place& destination, AnswerId old, AnswerId now) {
    if (old == now) return;
    const Answer& before = answers_.Get(old);
    const Answer& after = answers_.Get(now);
    ChangedConnection change;
    const auto first = policy::CompareAnswers(before, after, change);
    if (!first) return;  // what is unknown is so for another reason
    change.source = source.name;
    change.destination = destination.name;
    change.before = RulesOf(before_, source, destination, before, *first);
    change.after = RulesOf(after_, source, destination, after, *first);
    ++diff_.changes;
    give_(change);
  }

  /// What decides on one side, shown by the first pair of pods that is as the whole is.
  static std::vector<DecidingRule> RulesOf(const Half& half, const Place& source,
                                           const Place& destination, const Answer& answer,
                                           const std::pair<Protocol, Port>& asked) {
    const auto wanted = ExpectationOf(answer, asked.first, asked.second);
    const auto sources = half.PeersOf(source.pods, source.address);
    const auto destinations = half.PeersOf(destination.pods, destination.address);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      for (std::size_t j = 0; j < destinations.size(); ++j) {
        // A pod reaches itself.
        if (source.pods && source.pods == destination.pods && i == j && sources.size() > 1)
          continue;
        auto judged = half.evaluator.Judge(sources[i], destinations[j], asked.first, asked.second);
        if (judged.expectation == wanted) return std::move(judged.rules);
      }
    }
    return {};
  }

  Half before_;
  Half after_;
  const Give& give_;
  Names names_;
  Answers answers_;
  MatrixDiff diff_;
};

}  // namespace

MatrixDiff DiffMatrices(const Evaluator& before, const Evaluator& after,
                        const std::function<void(const ChangedConnection&)>& give) {
  return Diff(before, after, give).Run();
}

}  // namespace podreach
