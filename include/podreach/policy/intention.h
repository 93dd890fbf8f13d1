#pragma once

#include "podreach/reach/outcome.h"

namespace podreach {

/// What the policies intend for one connection, without words: the same fields as a Judgement's.
struct Intention {
  Expectation expectation = Expectation::kUnknown;
  Basis basis = Basis::kUnknown;
  /// Only a service mesh keeps it from being allowed.
  bool mesh = false;
  friend bool operator==(const Intention&, const Intention&) = default;
};

}  // namespace podreach
