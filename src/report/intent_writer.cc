#include "podreach/report/intent_writer.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "podreach/base/severity.h"
#include "podreach/report/expect_writer.h"
#include "report/ports_json.h"
#include "report/text.h"

namespace podreach {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShown = 20;
constexpr std::size_t kWidth = 100;  ///< of the sources listed, in columns

/// Intents and lints write their severities as words, which their reader has checked.
podreach::Severity Rank(std::string_view word) {
  return ParseSeverity(word).value_or(podreach::Severity::kCritical);
}

/// An intent or a lint, and what is wrong with it.
struct Row {
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

std::vector<Row> RowsOf(const std::vector<Intent>& intents, const std::vector<PolicyLint>& lints,
                        const IntentReport& report) {
  std::vector<Row> rows;
  for (const auto& intent : intents) rows.emplace_back().intent = &intent;
  for (const auto& breach : report.breaches) {
    auto& row = rows[breach.intent];
    (breach.unknown ? row.unknown : row.broken).push_back(&breach);
  }
  for (const auto& lint : lints) {
    auto& row = rows.emplace_back();
    row.lint = &lint;
    for (const auto& breach : report.lints) {
      if (breach.lint.name == lint.name) row.lints.push_back(&breach);
    }
  }
  std::ranges::stable_sort(rows, [](const Row& a, const Row& b) {
    if (a.Order() != b.Order()) return a.Order() < b.Order();
    return Rank(a.Severity()) > Rank(b.Severity());
  });
  return rows;
}

/// Breaches that are told together: one, or those to one destination that no policy governs.
struct BreachGroup {
  std::vector<const IntentBreach*> breaches;
  bool governed = false;
};

std::vector<BreachGroup> GroupsOf(const std::vector<const IntentBreach*>& breaches) {
  std::vector<BreachGroup> groups;
  std::map<std::pair<std::string, std::string>, std::size_t> ungoverned;
  for (const auto* breach : breaches) {
    const bool ungoverned_pair =
        !breach->unknown && !breach->rules.empty() &&
        std::ranges::all_of(breach->rules, &std::string::empty, &DecidingRule::policy);
    std::size_t at = groups.size();
    if (ungoverned_pair) {
      const std::pair key(breach->destination, PortsText(breach->ports));
      at = ungoverned.try_emplace(key, at).first->second;
    }
    if (at == groups.size()) groups.push_back({{}, !ungoverned_pair});
    groups[at].breaches.push_back(breach);
  }
  return groups;
}

void WriteGroup(const BreachGroup& group, std::string_view word, std::ostream& out) {
  const auto& first = *group.breaches.front();
  const auto count = group.breaches.size();
  out << "  " << word << "  ";
  if (count == 1) {
    out << Plain(first.source);
  } else {
    out << Grouped(count) << " sources";
  }
  out << " -> " << Plain(first.destination) << "  " << PortsText(first.ports);
  if (!group.governed) out << ", which no policy governs";
  out << '\n';
  if (group.governed) {
    for (const auto& rule : first.rules)
      out << "           " << Plain(rule.TextWithPlace()) << '\n';
  } else if (count > 1) {
    std::string sources;
    for (std::size_t i = 0; i < std::min(count, kShown); ++i)
      sources += (i == 0 ? "" : ", ") + Plain(group.breaches[i]->source);
    if (count > kShown) sources += " and " + Grouped(count - kShown) + " more";
    for (const auto& line : Wrap(sources, kWidth)) out << "           " << line << '\n';
  }
}

void WriteBreaches(const std::vector<const IntentBreach*>& breaches, std::string_view word,
                   std::ostream& out) {
  const auto groups = GroupsOf(breaches);
  for (std::size_t i = 0; i < std::min(groups.size(), kShown); ++i)
    WriteGroup(groups[i], word, out);
  std::size_t more = 0;
  for (std::size_t i = kShown; i < groups.size(); ++i) more += groups[i].breaches.size();
  if (more > 0) out << "  " << word << "  ... and " << Grouped(more) << " more\n";
}

void WriteRow(const Row& row, std::ostream& out) {
  out << row.Status() << "  " << row.Severity() << "  ";
  if (row.lint != nullptr) {
    out << row.lint->name << " (built-in): " << row.lint->about << '\n';
  } else {
    out << Plain(row.intent->name) << (row.intent->built_in ? " (built-in)" : "") << ", "
        << ToString(row.intent->action);
    if (!row.intent->reason.empty()) out << ": " << Plain(row.intent->reason);
    if (!row.intent->owner.empty()) out << " [" << Plain(row.intent->owner) << ']';
    out << '\n';
  }
  WriteBreaches(row.broken, "broken ", out);
  WriteBreaches(row.unknown, "unknown", out);
  for (std::size_t i = 0; i < std::min(row.lints.size(), kShown); ++i)
    out << "  broken   " << Plain(row.lints[i]->subject) << ": " << Plain(row.lints[i]->text)
        << '\n';
  if (row.lints.size() > kShown)
    out << "  broken   ... and " << Grouped(row.lints.size() - kShown) << " more\n";
}

Json JsonOf(const IntentBreach& breach) {
  Json rules = Json::array();
  for (const auto& rule : breach.rules) rules.push_back(rule.TextWithPlace());
  return {{"source", breach.source},
          {"destination", breach.destination},
          {"ports", PortsJson(breach.ports)},
          {"unknown", breach.unknown},
          {"because", std::move(rules)}};
}

Json JsonOf(const Row& row) {
  Json json{{"name", row.lint != nullptr ? std::string(row.lint->name) : row.intent->name}};
  Json breaches = Json::array();
  if (row.lint != nullptr) {
    json["action"] = "lint";
    json["reason"] = row.lint->about;
    for (const auto* breach : row.lints)
      breaches.push_back({{"subject", breach->subject}, {"text", breach->text}});
  } else {
    json["action"] = ToString(row.intent->action);
    json["reason"] = row.intent->reason;
    if (!row.intent->owner.empty()) json["owner"] = row.intent->owner;
    for (const auto* breach : row.broken) breaches.push_back(JsonOf(*breach));
    for (const auto* breach : row.unknown) breaches.push_back(JsonOf(*breach));
  }
  json["builtIn"] = row.lint != nullptr || row.intent->built_in;
  json["severity"] = row.Severity();
  json["status"] = row.Status();
  json["breaches"] = std::move(breaches);
  return json;
}

}  // namespace

void WriteIntentTable(const std::vector<Intent>& intents, const std::vector<PolicyLint>& lints,
                      const IntentReport& report, std::ostream& out) {
  std::array<std::size_t, 3> count{};
  for (const auto& row : RowsOf(intents, lints, report)) {
    WriteRow(row, out);
    ++count.at(static_cast<std::size_t>(row.Order()));
  }
  out << count[0] << " broken, " << count[1] << " unknown, " << count[2] << " hold\n";
}

void WriteIntentJson(const std::vector<Intent>& intents, const std::vector<PolicyLint>& lints,
                     const IntentReport& report, std::ostream& out) {
  out << R"({"schema": "podreach.io/intent-report/v1",)"
      << "\n \"intents\": [";
  bool any = false;
  for (const auto& row : RowsOf(intents, lints, report)) {
    out << (any ? ",\n  " : "\n  ")
        << JsonOf(row).dump(-1, ' ', true, Json::error_handler_t::replace);
    any = true;
  }
  out << "\n ]}\n";
}

}  // namespace podreach
