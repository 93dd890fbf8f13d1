#pragma once

#include "podreach/reach/outcome.h"

namespace podreach {

/// What the policies intend for one connection, without words: the same fields as a Judgement's.
struct Intention {
  Expectation expectation = Expectation::kUnknown;
  Basis basis = Basis::kUnknown;
  Expectation network = Expectation::kUnknown;  ///< what the network's policies alone intend

  /// A service mesh keeps it from being allowed: a Judgement's `mesh`.
  [[nodiscard]] bool mesh() const {
    return expectation != Expectation::kAllow && network != expectation;
  }
  friend bool operator==(const Intention&, const Intention&) = default;
};

}  // namespace podreach
