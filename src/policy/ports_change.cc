#include "policy/ports_change.h"

#include "policy/rule.h"

namespace podreach::policy {

std::optional<std::pair<Protocol, Port>> CompareAnswers(const PortsAnswer& before,
                                                        const PortsAnswer& after,
                                                        PortsChange& change) {
  std::optional<std::pair<Protocol, Port>> first;
  for (const Protocol protocol : kProtocols) {
    const auto i = static_cast<std::size_t>(protocol);
    const auto add = [&](const PortSet& one, const PortSet& other, PortSet& to) {
      const auto both = one.Intersect(other);
      if (both.empty()) return;
      to.Add(both);
      if (!first) first = {protocol, both.ranges().front().first};
    };
    const auto denied = [&](const PortsAnswer& answer) {
      PortSet rest = PortSet::All();
      rest.Remove(answer.allowed.at(i));
      rest.Remove(answer.unknown.at(i));
      return rest;
    };
    add(denied(before), after.allowed.at(i), change.opens.at(i));
    add(before.allowed.at(i), denied(after), change.closes.at(i));
    add(denied(before), after.unknown.at(i), change.may_open.at(i));
    add(before.unknown.at(i), after.allowed.at(i), change.may_open.at(i));
    add(before.allowed.at(i), after.unknown.at(i), change.may_close.at(i));
    add(before.unknown.at(i), denied(after), change.may_close.at(i));
  }
  change.because = after.because.empty() ? before.because : after.because;
  return first;
}

}  // namespace podreach::policy
