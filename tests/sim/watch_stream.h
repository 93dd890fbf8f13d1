#pragma once

#include <string>

#include "tests/sim/http_server.h"
#include "tests/sim/store.h"

namespace podreach::sim {

/// A watch of one collection: it gives events as lines, in the order of their versions.
class WatchStream final : public Stream {
 public:
  WatchStream(const Collection& collection, const LabelTable& labels, std::string ns,
              std::optional<Selector> selector)
      : collection_(collection),
        labels_(labels),
        ns_(std::move(ns)),
        selector_(std::move(selector)) {}

  /// Passes an event on where it is of this collection and selected.
  void Tell(const Collection& collection, const Event& event) {
    if (&collection != &collection_ || (!ns_.empty() && event.key.first != ns_)) return;
    if (selector_ && !selector_->Matches(labels_.At(event.labels))) return;
    pending_ += event.line;
    Wake();
  }
  void TellLine(std::string_view line) { pending_ += line; }
  void End() {
    ended_ = true;
    Wake();
  }

  std::string Next() override { return std::exchange(pending_, {}); }
  bool Ended() const override { return ended_; }
  void Closed() override { ended_ = true; }

 private:
  const Collection& collection_;
  const LabelTable& labels_;
  const std::string ns_;
  const std::optional<Selector> selector_;
  std::string pending_;
  bool ended_ = false;
};

}  // namespace podreach::sim
