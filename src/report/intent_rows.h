#pragma once

#include <string_view>
#include <vector>

#include "podreach/report/intent_document.h"

namespace podreach {

/// An intent or a lint, and what is wrong with it.
struct IntentRow {
  const Intent* intent = nullptr;
  const PolicyLint* lint = nullptr;
  std::vector<const IntentBreach*> broken;
  std::vector<const IntentBreach*> unknown;
  std::vector<const LintBreach*> lints;

  [[nodiscard]] bool IsBroken() const { return !broken.empty() || !lints.empty(); }
  [[nodiscard]] std::string_view Status() const {
    return IsBroken() ? "broken" : unknown.empty() ? "holds" : "unknown";
  }
  [[nodiscard]] std::string_view Severity() const {
    return intent != nullptr ? std::string_view(intent->severity) : lint->severity;
  }
  [[nodiscard]] int Order() const { return IsBroken() ? 0 : unknown.empty() ? 2 : 1; }
};

/// The broken ones first, then what is unknown, each the worst first.
[[nodiscard]] std::vector<IntentRow> RowsOf(const IntentDocument& document);

}  // namespace podreach
