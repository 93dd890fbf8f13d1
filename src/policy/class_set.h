#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "podreach/policy/evaluator.h"

namespace podreach::policy {

/// A set of classes as a bitset that grows with its highest member.
class ClassSet {
 public:
  void Add(ClassId id) {
    const auto bit = static_cast<std::size_t>(id);
    if (words_.size() <= bit / 64) words_.resize(bit / 64 + 1);
    words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  [[nodiscard]] bool Contains(ClassId id) const {
    const auto bit = static_cast<std::size_t>(id);
    return bit / 64 < words_.size() && (words_[bit / 64] >> (bit % 64) & 1U) != 0;
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace podreach::policy
