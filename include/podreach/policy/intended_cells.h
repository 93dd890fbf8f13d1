#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "podreach/net/port.h"
#include "podreach/net/protocol.h"
#include "podreach/policy/evaluator.h"
#include "podreach/policy/intention.h"

namespace podreach {

/// What Evaluator::Judge says of very many connections, without its words: the same expectation,
/// basis and mesh for each.
///
/// The work before the first answers grows with the kinds of ends that policies tell apart, as the
/// intended matrix's does; an answer then is a few look-ups. Memory grows with ends, and with the
/// distinct answers of a kind of end for all others; never with pairs. Ends that are added after
/// the first question are answered as well, but bringing them in costs more. Not to be used by
/// several threads at once.
class IntendedCells {
 public:
  using EndId = std::uint32_t;

  /// One end's question about another, which is the destination.
  struct Question {
    EndId destination;
    Protocol protocol;
    Port port;
  };

  /// The evaluator must outlive this, and must have classified every pod before.
  explicit IntendedCells(const Evaluator& evaluator);
  ~IntendedCells();
  IntendedCells(const IntendedCells&) = delete;
  IntendedCells& operator=(const IntendedCells&) = delete;

  /// Adds an end: a pod of the snapshot, a probe (its class and address), a node, an address
  /// outside. Equal ends have one id; PolicyPeer::pod makes no difference where there is an
  /// address, since nothing is decided by it then.
  EndId Add(const PolicyPeer& end);
  /// Source after source is faster than destination after destination.
  [[nodiscard]] Intention Of(EndId source, EndId destination, Protocol protocol, Port port);
  /// One side alone, as Evaluator::JudgeSide says it.
  [[nodiscard]] Intention Side(DecidingRule::Direction side, EndId source, EndId destination,
                               Protocol protocol, Port port);
  /// Answers one source's questions in their order; `out` is as long as `questions`. Questions
  /// about one destination are best asked one behind the other.
  void Row(EndId source, std::span<const Question> questions, std::span<Intention> out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace podreach
