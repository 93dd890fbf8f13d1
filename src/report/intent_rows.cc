#include "report/intent_rows.h"

#include <algorithm>

#include "podreach/base/severity.h"

namespace podreach {
namespace {

/// Intents and lints write their severities as words, which their reader has checked.
Severity Rank(std::string_view word) { return ParseSeverity(word).value_or(Severity::kCritical); }

}  // namespace

std::vector<IntentRow> RowsOf(const IntentDocument& document) {
  std::vector<IntentRow> rows;
  for (const auto& intent : document.intents) rows.emplace_back().intent = &intent;
  for (const auto& breach : document.report.breaches) {
    auto& row = rows[breach.intent];
    (breach.unknown ? row.unknown : row.broken).push_back(&breach);
  }
  for (const auto& lint : document.lints) {
    auto& row = rows.emplace_back();
    row.lint = &lint;
    for (const auto& breach : document.report.lints) {
      if (breach.lint.name == lint.name) row.lints.push_back(&breach);
    }
  }
  std::ranges::stable_sort(rows, [](const IntentRow& a, const IntentRow& b) {
    if (a.Order() != b.Order()) return a.Order() < b.Order();
    return Rank(a.Severity()) > Rank(b.Severity());
  });
  return rows;
}

}  // namespace podreach
