#include "report/text.h"

#include <ostream>
#include <string>
#include <string_view>

#include "podreach/report/explain_document.h"
#include "podreach/report/formats.h"

namespace podreach::explain_formats::text {
namespace {

std::string_view Word(ExplainedRule::Role role) {
  switch (role) {
    case ExplainedRule::Role::kDecides:
      return "decides     ";
    case ExplainedRule::Role::kMayDecide:
      return "may decide  ";
    case ExplainedRule::Role::kTooLate:
      return "too late    ";
    case ExplainedRule::Role::kOtherPorts:
      return "other ports ";
    case ExplainedRule::Role::kUnread:
      return "unread      ";
  }
  return {};
}

void WriteSide(std::string_view title, const ExplainedSide& side, std::ostream& out) {
  out << '\n' << title << ": " << ToString(side.judgement.expectation) << '\n';
  for (const ExplainedTier& tier : side.tiers) {
    out << "  tier " << Plain(tier.name) << '\n';
    for (const ExplainedRule& rule : tier.rules) {
      out << "    " << Word(rule.role) << Plain(rule.kind) << ' ' << Plain(rule.policy);
      if (!rule.field.empty()) out << ' ' << Plain(rule.field);
      if (!rule.place.empty()) out << " (" << Plain(rule.place) << ')';
      out << ": " << Plain(rule.text) << '\n';
    }
    if (tier.elsewhere > 0)
      out << "    " << tier.elsewhere << (tier.elsewhere == 1 ? " rule is" : " rules are")
          << " about other ends\n";
    out << "    " << Plain(tier.end) << '\n';
  }
  for (const DecidingRule& rule : side.judgement.rules)
    out << "  because " << Plain(rule.TextWithPlace()) << '\n';
  if (!side.remedy.empty()) out << "  " << Plain(side.remedy) << '\n';
}

void Write(const ExplainDocument& document, std::ostream& out) {
  out << Plain(document.source) << " -> " << Plain(document.destination) << ' '
      << ToString(document.protocol) << ' ' << document.port.number() << ": "
      << ToString(document.expectation) << '\n';
  if (!document.all_read) {
    out << "by what could be read: " << ToString(document.by_what_is_read)
        << "; what couldn't be may hold a policy (see stderr)\n";
  }
  if (!document.through.empty()) {
    out << "through " << Plain(document.through) << ": " << document.backends
        << (document.backends == 1 ? " backend" : " backends");
    if (!document.why.empty()) out << "; " << Plain(document.why);
    out << '\n';
  }
  for (const ExplainedCase& one : document.cases) {
    if (!document.through.empty()) {
      out << '\n'
          << Plain(one.destination) << ": " << ToString(one.explained.judgement.expectation)
          << '\n';
    }
    WriteSide("egress from " + Plain(document.source), one.explained.egress, out);
    WriteSide("ingress to " + Plain(one.destination), one.explained.ingress, out);
  }
}

}  // namespace

ExplainFormat Make() { return {"text", "txt", "is for people", Write}; }

}  // namespace podreach::explain_formats::text
