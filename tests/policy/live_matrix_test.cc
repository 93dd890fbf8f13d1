// The matrix of a cluster that changes, against both states computed from scratch, change by
// change.

#include "podreach/policy/live_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "podreach/policy/intended_matrix.h"
#include "tests/oracle/dialect_evaluator.h"
#include "tests/oracle/random_world.h"
#include "tests/policy/oracle_engine.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Changes = std::map<std::pair<std::string, std::string>, PortsChange>;

std::string Text(const PortsChange& change) {
  std::string text;
  const auto add = [&](const char* what, const std::array<PortSet, 3>& ports) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
      if (!ports.at(i).empty())
        text += std::string(what) + std::to_string(i) + " " + ports.at(i).ToString() + "; ";
    }
  };
  add("opens ", change.opens);
  add("closes ", change.closes);
  add("may open ", change.may_open);
  add("may close ", change.may_close);
  return text;
}

std::string Text(const Changes& changes) {
  std::string text;
  for (const auto& [ends, change] : changes)
    text += "\n" + ends.first + " -> " + ends.second + ": " + Text(change);
  return text;
}

/// Pods of a few workloads, so that some have replicas that policies tell apart.
Snapshot AnySnapshot(std::mt19937_64& random, const oracle::WorldOptions& options) {
  Snapshot snapshot = *SnapshotOf(oracle::RandomWorld(random, options));
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i)
    snapshot.pods[i].workload = {"Deployment", snapshot.pods[i].ns, "w" + std::to_string(i % 3)};
  return snapshot;
}

struct Event {
  ObjectEvent event = ObjectEvent::kPut;
  ClusterObject object;
};

template <class Object>
Event AnyOf(oracle::Dice& dice, const std::vector<Object>& objects, ObjectEvent event) {
  return {event, objects[static_cast<std::size_t>(dice.Below(static_cast<int>(objects.size())))]};
}

/// One object of the cluster goes, or one of another cluster comes or takes its namesake's place.
std::optional<Event> AnyEvent(std::mt19937_64& random, const Snapshot& now,
                              const oracle::WorldOptions& options) {
  oracle::Dice dice(random);
  const Snapshot another = AnySnapshot(random, options);
  const auto event = dice.OneIn(3) ? ObjectEvent::kDeleted : ObjectEvent::kPut;
  const Snapshot& from = event == ObjectEvent::kPut ? another : now;
  switch (dice.Below(10)) {
    case 0:
      return from.nodes.empty() ? std::nullopt : std::optional(AnyOf(dice, from.nodes, event));
    case 1:
    case 2:
      if (from.namespaces.empty()) return std::nullopt;
      return AnyOf(dice, from.namespaces, event);
    case 3:
    case 4:
    case 5:
      return from.pods.empty() ? std::nullopt : std::optional(AnyOf(dice, from.pods, event));
    default:
      if (from.policy_documents.empty()) return std::nullopt;
      return AnyOf(dice, from.policy_documents, event);
  }
}

Evaluator Evaluate(Snapshot snapshot) {
  return {std::make_shared<const Snapshot>(std::move(snapshot)), {}};
}

struct Counts {
  int in_place = 0;
  int from_scratch = 0;
  std::size_t changes = 0;
};

/// Says what differs from both states computed from scratch; empty where nothing does.
std::string Check(LiveMatrix& live, Event event, Counts& counts) {
  const auto before = Evaluate(live.snapshot());
  Changes given;
  std::string twice;
  const auto applied = live.Apply(
      event.event, std::move(event.object),
      [&](std::string_view source, std::string_view destination, const PortsChange& change) {
        const std::pair ends{std::string(source), std::string(destination)};
        if (!given.emplace(ends, change).second) twice += ends.first + " -> " + ends.second + "\n";
      });
  const auto after = Evaluate(live.snapshot());
  Changes expected;
  const auto diff = DiffMatrices(before, after, [&](const ChangedConnection& change) {
    expected.emplace(std::pair(change.source, change.destination), change);
  });
  ++(applied.from_scratch ? counts.from_scratch : counts.in_place);
  counts.changes += expected.size();
  if (!twice.empty()) return "given twice: " + twice;
  if (applied.diff.changes != given.size()) return "counted wrongly";
  // Once there was IPv6, its addresses are told of; the others have forgotten.
  const auto has_v6 = [](const Evaluator& of) {
    return IntendedMatrix(of, GroupBy::kWorkload).ipv6();
  };
  if (!has_v6(before) && !has_v6(after)) {
    std::erase_if(given, [](const auto& one) {
      return one.first.first.starts_with("::") || one.first.second.starts_with("::");
    });
  }
  if (applied.diff.added != diff.added || applied.diff.removed != diff.removed)
    return "other workloads";
  if (Text(given) == Text(expected)) return {};
  return "given:" + Text(given) + "\nexpected:" + Text(expected);
}

Counts CheckRandomly(std::uint64_t seeds, const oracle::WorldOptions& options) {
  Counts counts;
  for (std::uint64_t seed = 1; seed <= seeds && !testing::Test::HasFailure(); ++seed) {
    std::mt19937_64 random(seed);
    LiveMatrix live(AnySnapshot(random, options), {});
    for (int i = 0; i < 12 && !testing::Test::HasFailure(); ++i) {
      auto event = AnyEvent(random, live.snapshot(), options);
      if (!event) continue;
      const auto kind = event->object.index();
      EXPECT_EQ(Check(live, std::move(*event), counts), "")
          << "seed " << seed << ", change " << i << ", of kind " << kind;
    }
  }
  std::printf("%d changes in place, %d from scratch; %zu connections changed\n", counts.in_place,
              counts.from_scratch, counts.changes);
  return counts;
}

TEST(LiveMatrixTest, AgreesWithBothStatesFromScratchInEveryDialect) {
  const auto counts = CheckRandomly(1'000, {});
  EXPECT_GT(counts.in_place, 5'000);
  EXPECT_GT(counts.changes, 5'000U);
}

TEST(LiveMatrixTest, AgreesOnNetworkPolicies) {
  oracle::WorldOptions options;
  options.admin = options.cilium = options.calico = options.istio = options.linkerd =
      options.consul = false;
  const auto counts = CheckRandomly(2'000, options);
  EXPECT_GT(counts.in_place, 10'000);
}

}  // namespace
}  // namespace podreach
