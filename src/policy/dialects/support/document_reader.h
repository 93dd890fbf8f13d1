#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/cluster/field.h"
#include "podreach/cluster/snapshot.h"
#include "policy/rule.h"

namespace podreach::policy {

/// One document as a dialect reads it. Collects what it can't express.
class DocumentReader {
 public:
  /// Both must outlive the reader.
  DocumentReader(const Snapshot& snapshot, const PolicyDocument& document);
  DocumentReader(const DocumentReader&) = delete;
  DocumentReader& operator=(const DocumentReader&) = delete;

  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
  [[nodiscard]] const PolicyDocument& document() const { return document_; }
  [[nodiscard]] const Field& root() const { return root_; }
  [[nodiscard]] Field spec() const { return root_.At("spec"); }

  /// A policy of this document without subject or rules: its name, kind and place.
  [[nodiscard]] PolicyRules Begin() const;
  /// What was found malformed or not expressible since the last call; empty where nothing was.
  [[nodiscard]] std::string TakeProblems();
  [[nodiscard]] std::vector<Problem> TakeProblemList();
  [[nodiscard]] bool has_problems() const { return !problems_.empty(); }
  /// Says of every member of an object that isn't in the list that it isn't known.
  static void Expect(const Field& object, std::initializer_list<std::string_view> known);

 private:
  const Snapshot& snapshot_;
  const PolicyDocument& document_;
  const nlohmann::json object_;
  Problems problems_;
  Field root_;
};

/// A CIDR, or an address alone; nothing where it is neither, which is a problem of the field then.
[[nodiscard]] std::optional<Cidr> ReadBlock(const Field& field);

}  // namespace podreach::policy
