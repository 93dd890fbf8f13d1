#include <algorithm>
#include <array>
#include <map>
#include <ostream>

#include "podreach/report/formats.h"
#include "report/intent_rows.h"
#include "report/ports_text.h"
#include "report/text.h"

namespace podreach::intents_formats::table {
namespace {

constexpr std::size_t kShown = 20;
constexpr std::size_t kWidth = 100;  ///< of the sources listed, in columns

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

void WriteRow(const IntentRow& row, std::ostream& out) {
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

/// What became of each intent; at most 20 pairs of one, and how many more there are.
void Write(const IntentDocument& document, std::ostream& out) {
  std::array<std::size_t, 3> count{};
  for (const auto& row : RowsOf(document)) {
    WriteRow(row, out);
    ++count.at(static_cast<std::size_t>(row.Order()));
  }
  out << count[0] << " broken, " << count[1] << " unknown, " << count[2] << " hold\n";
}

}  // namespace

IntentsFormat Make() { return {"table", "txt", "lists at most 20 pairs of an intent", Write}; }

}  // namespace podreach::intents_formats::table
