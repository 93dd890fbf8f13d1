#pragma once

#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "podreach/net/ip_address.h"

namespace podreach::sim {

/// What is one pod's alone in the text of its object.
struct PodText {
  std::uint32_t text = 0;  ///< number of the template
  std::uint64_t uid = 0;
  std::uint64_t version = 0;
  std::string name;
  std::string node;
  std::string address;
  std::string host_address;
};

/// The texts of running pods as an API server serves them, without managedFields: about 4 KiB each.
/// Pods that differ in name, uid, node and addresses alone share one text with holes, so a hundred
/// thousand of them take no half gigabyte, and a page is made by copying.
class PodTexts {
 public:
  /// Takes a pod's metadata (labels, annotations, ownerReferences, namespace) and spec as they were
  /// written, and adds what the API server, the scheduler and the kubelet add. Gives the number of
  /// the text.
  std::uint32_t Add(const nlohmann::json& metadata, const nlohmann::json& spec);
  void Render(const PodText& pod, std::string& out) const;
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  enum class Hole : std::uint8_t { kName, kUid, kVersion, kNode, kAddress, kHostAddress };
  struct Piece {
    std::string before;
    Hole hole = Hole::kName;
  };
  struct Text {
    std::vector<Piece> pieces;
    std::string rest;
  };

  [[nodiscard]] static Text Cut(const std::string& text);

  std::deque<Text> texts_;
  std::unordered_map<std::string, std::uint32_t> ids_;  // by the text with holes
};

/// Adds to a pod's spec what admission and defaulting add (core/v1): the token's volume,
/// tolerations, default policies.
[[nodiscard]] nlohmann::json DefaultedSpec(nlohmann::json spec);
/// status of a pod that runs and is ready or, where `ready` is false, never will be.
[[nodiscard]] nlohmann::json RunningStatus(const nlohmann::json& spec, const std::string& address,
                                           const std::string& host_address, bool ready,
                                           const std::string& time);

}  // namespace podreach::sim
