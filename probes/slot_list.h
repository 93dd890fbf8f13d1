#pragma once

#include <cstdint>
#include <functional>

namespace podreach::probe {

constexpr std::uint32_t kNoSlot = 0xFFFFFFFFU;

/// A FIFO of slots, linked through the slots themselves: no allocation, and any of them leaves it
/// in constant time. A slot is in one list at most.
class SlotList {
 public:
  struct Node {
    std::uint32_t previous = kNoSlot;
    std::uint32_t next = kNoSlot;
  };

  [[nodiscard]] bool empty() const { return first_ == kNoSlot; }
  [[nodiscard]] std::uint32_t first() const { return first_; }

  /// `node_of` gives a slot's node.
  template <class NodeOf>
  void Append(std::uint32_t slot, const NodeOf& node_of) {
    node_of(slot) = {last_, kNoSlot};
    (last_ == kNoSlot ? first_ : node_of(last_).next) = slot;
    last_ = slot;
  }

  template <class NodeOf>
  void Remove(std::uint32_t slot, const NodeOf& node_of) {
    const Node node = node_of(slot);
    (node.previous == kNoSlot ? first_ : node_of(node.previous).next) = node.next;
    (node.next == kNoSlot ? last_ : node_of(node.next).previous) = node.previous;
    node_of(slot) = {};
  }

 private:
  std::uint32_t first_ = kNoSlot;
  std::uint32_t last_ = kNoSlot;
};

}  // namespace podreach::probe
