#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "policy/rule.h"

/// A dialect is a family of policy kinds and the code that turns their documents into rules. Each
/// has one file in dialects/, which ends with a function Make() in a namespace of the file's name.
/// CMake lists these files, so that adding a dialect is adding one file. tests/policy/dummy_dialect
/// proves that.
namespace podreach::policy {

/// Turns documents of a dialect's kinds into rules, which it adds to `rules`.
using DialectFunction = void (*)(const Snapshot& snapshot,
                                 std::span<const PolicyDocument* const> documents,
                                 std::vector<PolicyRules>& rules);

struct Dialect {
  /// Whether documents are given to `read` one by one, or all together because they refer to each
  /// other.
  enum class Documents : std::uint8_t { kEachAlone, kAllTogether };

  std::string_view name;
  /// The kinds that are collected for it. A group belongs to one dialect.
  std::vector<PolicyKind> kinds;
  /// Null where podreach collects the kinds and can't evaluate them.
  DialectFunction read = nullptr;
  Documents documents = Documents::kEachAlone;
  /// Kinds of these groups that `read` isn't given, because they can't be evaluated.
  std::vector<std::string_view> unread_kinds = {};
  /// The name of a layer of its own, for a service mesh; empty for the network's.
  std::string_view layer = {};
  /// Its policies isolate and allow, and never deny what another one allows.
  bool only_allows = false;
};

/// Every dialect. Those that can but allow come first, so that texts name them first.
[[nodiscard]] const std::vector<Dialect>& AllDialects();

/// The layer that a dialect asks for by this name. It is the same for the life of the process.
[[nodiscard]] Tier::Layer LayerNamed(std::string_view name);
/// All of them, apart from the network's.
[[nodiscard]] std::span<const Tier::Layer> MeshLayers();

/// Every policy of a snapshot, and what stands for those that could not be read.
[[nodiscard]] std::vector<PolicyRules> ReadPolicies(const Snapshot& snapshot);

// The same in the parts that follow from different objects, for those who look at one change.

/// What is read together with a document: that one alone, or all of a dialect whose documents refer
/// to each other. Documents of one cohort have the same name for it.
[[nodiscard]] std::string CohortOf(const PolicyDocument& document);
/// Whether a document is a cohort by itself.
[[nodiscard]] bool IsReadAlone(const PolicyDocument& document);
/// The policies of one cohort's documents; there is at least one.
[[nodiscard]] std::vector<PolicyRules> ReadCohort(const Snapshot& snapshot,
                                                  std::span<const PolicyDocument* const> documents);

/// Which meshes pods are in, and in which ways, as far as policies that nobody wrote hang on it:
/// the keys of their pseudo-labels, with Linkerd's default policies and Istio's "ambient" as
/// values.
using Meshes = std::set<std::pair<std::string, std::string>>;
/// What stands for what no document says: the defaults of meshes, and what could not be read.
[[nodiscard]] std::vector<PolicyRules> ReadUnwritten(const Snapshot& snapshot,
                                                     const Meshes& meshes);

}  // namespace podreach::policy
