#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "podreach/net/port.h"
#include "podreach/net/protocol.h"
#include "podreach/policy/connection_explanation.h"

namespace podreach {

/// One place where the connection that was asked about may end, and what decides there.
struct ExplainedCase {
  std::string destination;  ///< what was asked about, or "shop/db-0 port 8080" behind it
  ConnectionExplanation explained;
};

/// Why one connection is allowed, denied or unknown. ExplainFormats() writes it.
struct ExplainDocument {
  std::string source;       ///< as it was asked about
  std::string destination;  ///< the same
  Protocol protocol = Protocol::kTcp;
  Port port;
  Expectation expectation = Expectation::kUnknown;  ///< of the connection as a whole
  /// Whether all was read that may hold a policy. Where it wasn't, `expectation` is unknown.
  bool all_read = true;
  Expectation by_what_is_read = Expectation::kUnknown;  ///< the answer without regard to that
  std::string through = {};                             ///< "Service shop/db"; may be empty
  std::size_t backends = 0;                             ///< of what it goes through
  std::string why = {};  ///< why the cases alone don't give the answer; may be empty
  /// Of the backends one for each answer; else the one place that was asked about.
  std::vector<ExplainedCase> cases = {};
};

}  // namespace podreach
