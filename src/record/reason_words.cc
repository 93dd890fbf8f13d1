#include "podreach/record/reason_words.h"

namespace podreach {
namespace {

std::string IcmpWords(const IcmpError& icmp) {
  return "ICMP type " + std::to_string(icmp.type) + " code " + std::to_string(icmp.code) +
         " from " + icmp.from.ToString();
}

/// The name of the vantage that is the target's control; empty where it has none.
std::string ControlOf(const ScanRecord& record, TargetId target) {
  const auto control = record.controls.find(target);
  return control == record.controls.end() ? std::string()
                                          : record.vantages[Index(control->second)].name;
}

}  // namespace

std::string_view Words(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "";
    case Reason::kControlReaches:
      return "silence, and another vantage reaches it";
    case Reason::kNoControl:
      return "silence, and no control reached the target";
    case Reason::kUdpSilence:
      return "UDP silence proves nothing";
    case Reason::kDeadVantage:
      return "silence, but nothing at all answered this vantage or reached it";
    case Reason::kNotEnforced:
      return "silence, but the canary shows that policies are not enforced";
    case Reason::kLossy:
      return "silence, but many packets to this host were lost";
    case Reason::kOpenElsewhere:
      return "refused, but another vantage finds it open";
    case Reason::kResetIsAmbiguous:
      return "an RST, and this cluster's enforcer denies by RST: no control tells whose it is";
    case Reason::kOneOfSeveral:
      return "silence, and what was reached may be another of the Service's backends";
    case Reason::kServiceRefusal:
      return "refused through a Service: whose answer it is can't be told";
    case Reason::kUnclearPolicy:
      return "what the policies intend is unknown";
    case Reason::kBackendsDiffer:
      return "the Service's backends are judged differently";
    case Reason::kNoEndpoint:
      return "the Service has no ready endpoint in the snapshot";
    case Reason::kNodePortSource:
      return "through a NodePort the enforcer may see the node as the source";
    case Reason::kSidecar:
      return "a connection to a sidecar succeeds all the same, so that a probe proves nothing";
    case Reason::kNoClass:
      return "a probe without a policy class";
  }
  return "";
}

std::string_view Words(Enforcement enforcement) {
  switch (enforcement) {
    case Enforcement::kUnknown:
      return "whether policies are enforced is unknown: the canary gave no answer";
    case Enforcement::kNoPolicy:
      return "whether policies are enforced is unknown: the canary's policy couldn't be made";
    case Enforcement::kUnreached:
      return "whether policies are enforced is unknown: nobody reached the canary's target";
    case Enforcement::kBySilence:
      return "policies are enforced: denied by silence";
    case Enforcement::kByIcmp:
      return "policies are enforced: denied by ICMP";
    case Enforcement::kByReset:
      return "policies are enforced: denied by RST";
    case Enforcement::kNotEnforced:
      return "policies are not enforced";
  }
  return "";
}

std::string_view Words(NotProbed why) {
  switch (why) {
    case NotProbed::kNone:
      return "";
    case NotProbed::kNoReport:
      return "the probe's report doesn't have it";
    case NotProbed::kNoResponder:
      return "the probe that should answer there didn't start";
    case NotProbed::kTargetMoved:
      return "the target pod went away during the scan";
    case NotProbed::kGroundChanged:
      return "policies, labels or endpoints that bear on it changed during the scan";
    case NotProbed::kUnconfirmed:
      return "it disagreed once; the scan was stopped before that was confirmed";
  }
  return "";
}

std::string ReasonWords(const ScanRecord& record, const RecordedCell& cell) {
  const CellKind& kind = *cell.kind;
  if (kind.why != NotProbed::kNone) {
    const std::string& fault = record.vantages[Index(cell.vantage)].fault;
    return kind.why == NotProbed::kNoReport && !fault.empty() ? fault
                                                              : std::string(Words(kind.why));
  }
  const std::string control = ControlOf(record, cell.target);
  if (kind.reason == Reason::kControlReaches && !control.empty()) return control + " reaches it";
  if (kind.reason == Reason::kOpenElsewhere && !control.empty())
    return "refused, but " + control + " finds it open";
  const bool has_rule = cell.evidence != nullptr && !cell.evidence->rules.empty();
  if (kind.reason == Reason::kUnclearPolicy && has_rule)
    return record.rules[cell.evidence->rules.front()].text;
  if (kind.reason == Reason::kSidecar && has_rule) {
    return record.rules[cell.evidence->rules.front()].text + "; " + std::string(Words(kind.reason));
  }
  if (kind.reason != Reason::kNone) return std::string(Words(kind.reason));
  if (cell.evidence != nullptr && cell.evidence->icmp) return IcmpWords(*cell.evidence->icmp);
  if (cell.evidence != nullptr && cell.evidence->error_number != 0)
    return "errno " + std::to_string(cell.evidence->error_number);
  return {};
}

}  // namespace podreach
