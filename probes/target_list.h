#pragma once

#include <optional>
#include <string>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/net/ip_address.h"
#include "podreach/net/port_set.h"

namespace podreach::probe {

/// An address, a link-local one with its zone: "fe80::1%eth0" or "fe80::1%2". Nothing where the
/// zone is no interface of this host, or the address has none to have.
[[nodiscard]] std::optional<IpAddress> ParseZoned(const std::string& text);
/// The address with its zone's name.
[[nodiscard]] std::string ShowZoned(const IpAddress& address);

/// The addresses that a person names for a sweep, in order of their value, each once: an address, a
/// CIDR ("10.0.0.0/24"), a range ("10.0.0.1-10.0.0.9" or "10.0.0.1-9"), a name, or "@FILE" with one
/// of these a line ("#" begins a comment). What `excluded` names, in the same way, is left out. At
/// most 65,536 addresses. Errors say which target, and in which file and line.
[[nodiscard]] Result<std::vector<IpAddress>> ExpandTargets(
    const std::vector<std::string>& targets, const std::vector<std::string>& excluded);

}  // namespace podreach::probe
