#pragma once

#include <ostream>

#include "podreach/policy/evaluator.h"
#include "podreach/policy/intention.h"

namespace podreach {

/// How tests show it.
inline void PrintTo(const Intention& intention, std::ostream* out) {
  *out << ToString(intention.expectation) << " by " << ToString(intention.basis)
       << ", by the network alone " << ToString(intention.network);
}

inline Intention WithoutWords(const Judgement& judgement) {
  return {judgement.expectation, judgement.basis, judgement.network};
}

}  // namespace podreach
