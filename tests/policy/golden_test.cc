// The golden cases, cell by cell: the matrix, explain and the single question say the same of every
// pair of pods, and of pods and addresses outside. What the cases expect, golden_test.py checks.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <sstream>

#include "podreach/collect/source.h"
#include "podreach/policy/connection_explanation.h"
#include "podreach/policy/intended_matrix.h"
#include "podreach/policy/policy_kinds.h"

namespace podreach {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = "tests/golden/policy";
constexpr std::array kProtocols = {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp};

class Cells {
 public:
  explicit Cells(const fs::path& folder)
      : evaluator_(std::make_shared<const Snapshot>(Read(folder)), {}),
        matrix_(evaluator_, GroupBy::kPod) {
    matrix_.ForEach([&](const IntendedConnection& connection) {
      const auto pods = matrix_.pod_ends();
      const bool between_pods = connection.source < pods && connection.destination < pods;
      (between_pods ? pairs_ : ranges_).push_back(connection);
    });
  }

  /// How many cells, of one port each, were compared.
  std::size_t Check() const {
    std::size_t cells = 0;
    const auto& pods = evaluator_.snapshot().pods;
    for (std::size_t source = 0; source < matrix_.pod_ends(); ++source) {
      for (std::size_t destination = 0; destination < matrix_.pod_ends(); ++destination) {
        if (source == destination) continue;
        const auto from = matrix_.members(source).front();
        const auto to = matrix_.members(destination).front();
        cells += CheckPair(evaluator_.PeerOf(from), evaluator_.PeerOf(to),
                           Find(source, destination), pods[from].name + " to " + pods[to].name);
      }
    }
    for (const auto& given : ranges_) {
      const bool inward = given.source >= matrix_.pod_ends();
      const auto pod = matrix_.members(inward ? given.destination : given.source).front();
      const auto [first, last] = matrix_.range(inward ? given.source : given.destination);
      for (const auto& address : {first, last}) {
        const PolicyPeer outside{std::nullopt, address, {}, false};
        cells += CheckPair(inward ? outside : evaluator_.PeerOf(pod),
                           inward ? evaluator_.PeerOf(pod) : outside, &given,
                           pods[pod].name + (inward ? " from " : " to ") + address.ToString());
      }
    }
    return cells;
  }

 private:
  static Snapshot Read(const fs::path& folder) {
    std::istringstream nothing;
    auto read =
        CollectManifests({(kGolden / "world.yaml").string(), (folder / "policies.yaml").string()},
                         nothing, PolicyKinds());
    EXPECT_TRUE(read.has_value()) << folder;
    return read ? *std::move(read) : Snapshot{};
  }
  [[nodiscard]] const IntendedConnection* Find(std::size_t source, std::size_t destination) const {
    const auto found = std::ranges::find_if(pairs_, [&](const IntendedConnection& one) {
      return one.source == source && one.destination == destination;
    });
    return found == pairs_.end() ? nullptr : &*found;
  }

  std::size_t CheckPair(const PolicyPeer& from, const PolicyPeer& to,
                        const IntendedConnection* given, const std::string& what) const {
    std::size_t cells = 0;
    for (const auto protocol : kProtocols) {
      const auto i = static_cast<std::size_t>(protocol);
      const auto ports = evaluator_.Ports(from, to, protocol);
      EXPECT_EQ(ports.allowed, given == nullptr ? PortSet() : given->ports.at(i)) << what;
      EXPECT_EQ(ports.unknown, given == nullptr ? PortSet() : given->unknown.at(i)) << what;
      // Where an answer begins and ends, and beside it.
      std::set<int> numbers{1, 80, 8080, 65535};
      for (const auto* set : {&ports.allowed, &ports.unknown}) {
        for (const auto& range : set->ranges()) {
          for (const int number : {range.first.number() - 1, +range.first.number(),
                                   +range.last.number(), range.last.number() + 1})
            numbers.insert(std::clamp(number, 1, 65535));
        }
      }
      for (const int number : numbers) {
        const auto port = *Port::From(static_cast<std::uint16_t>(number));
        const auto wanted = ports.allowed.Contains(port)   ? Expectation::kAllow
                            : ports.unknown.Contains(port) ? Expectation::kUnknown
                                                           : Expectation::kDeny;
        const auto explained = evaluator_.Explain(from, to, protocol, port).judgement.expectation;
        EXPECT_EQ(ToString(explained), ToString(wanted))
            << what << ' ' << ToString(protocol) << ' ' << number;
        EXPECT_EQ(ToString(evaluator_.Judge(from, to, protocol, port).expectation),
                  ToString(wanted))
            << what << ' ' << ToString(protocol) << ' ' << number;
        ++cells;
      }
    }
    return cells;
  }

  Evaluator evaluator_;
  IntendedMatrix matrix_;
  std::vector<IntendedConnection> pairs_;
  std::vector<IntendedConnection> ranges_;
};

TEST(GoldenTest, ExplainAgreesWithTheMatrixOnEveryCell) {
  std::size_t cases = 0;
  std::size_t cells = 0;
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    cells += Cells(entry.path()).Check();
    ++cases;
  }
  std::printf("%zu cases, %zu cells\n", cases, cells);
  EXPECT_GE(cases, 80U);
  EXPECT_GT(cells, 20'000U);
}

}  // namespace
}  // namespace podreach
