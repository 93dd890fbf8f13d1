#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/cluster/field.h"
#include "podreach/cluster/snapshot.h"
#include "policy/dialects/mesh.h"
#include "policy/rule.h"

namespace podreach::policy {

/// One document as a dialect reads it. Collects what it can't express.
class DocumentReader {
 public:
  DocumentReader(const Snapshot& snapshot, const PolicyDocument& document);

  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
  [[nodiscard]] const PolicyDocument& document() const { return document_; }
  [[nodiscard]] const Field& root() const { return root_; }
  [[nodiscard]] Field spec() const { return root_.At("spec"); }

  /// A policy of this document without subject or rules: its name, kind and place.
  [[nodiscard]] PolicyRules Begin() const;
  /// What was found malformed or not expressible since the last call; empty where nothing was.
  [[nodiscard]] std::string TakeProblems();
  [[nodiscard]] bool has_problems() const { return !problems_.empty(); }
  /// Says of every member of an object that isn't in the list that it isn't known.
  static void Expect(const Field& object, std::initializer_list<std::string_view> known);

 private:
  const Snapshot& snapshot_;
  const PolicyDocument& document_;
  Problems problems_;
  Field root_;
};

/// A CIDR, or an address alone; nothing where it is neither, which is a problem of the field then.
[[nodiscard]] std::optional<Cidr> ReadBlock(const Field& field);

/// Turns documents of its kinds into rules. Documents of one dialect are given together: some kinds
/// refer to others.
using DialectFunction = void (*)(const Snapshot& snapshot,
                                 std::span<const PolicyDocument* const> documents,
                                 std::vector<PolicyRules>& rules);

void ReadAdminPolicies(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                       std::vector<PolicyRules>& rules);
void ReadCilium(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                std::vector<PolicyRules>& rules);
void ReadCalico(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                std::vector<PolicyRules>& rules);
void ReadIstio(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
               std::vector<PolicyRules>& rules);
void ReadLinkerd(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                 std::vector<PolicyRules>& rules);
void ReadConsul(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                std::vector<PolicyRules>& rules);

/// Every policy of a snapshot: those of its network_policies by their index, then all others, and
/// what stands for those that could not be read.
[[nodiscard]] std::vector<PolicyRules> ReadPolicies(const Snapshot& snapshot);

// The same in the parts that follow from different objects, for those who look at one change.

/// What is read together with a document: that one alone, or all of a dialect whose documents refer
/// to each other. Documents of one cohort have the same name for it.
[[nodiscard]] std::string CohortOf(const PolicyDocument& document);
/// The policies of one cohort's documents; there is at least one.
[[nodiscard]] std::vector<PolicyRules> ReadCohort(const Snapshot& snapshot,
                                                  std::span<const PolicyDocument* const> documents);
/// What stands for what no document says: the defaults of meshes, and what could not be read.
[[nodiscard]] std::vector<PolicyRules> ReadUnwritten(const Snapshot& snapshot,
                                                     const Meshes& meshes);

}  // namespace podreach::policy
