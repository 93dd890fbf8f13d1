#pragma once

#include <memory>
#include <utility>

#include "podreach/policy/evaluator.h"
#include "tests/oracle/world.h"

/// The engine as it is asked about an oracle's world.
namespace podreach {

inline std::shared_ptr<const Snapshot> SnapshotOf(const oracle::World& world) {
  Snapshot snapshot = world.snapshot;
  for (const auto& json : world.documents) {
    const std::string version = json.at("apiVersion");
    PolicyDocument document;
    document.group = version.substr(0, version.find('/'));
    document.version = version.substr(version.find('/') + 1);
    document.kind = json.at("kind");
    document.name = json.at("metadata").at("name");
    document.ns = json.at("metadata").value("namespace", "");
    document.object = PackedJson(json);
    snapshot.policy_documents.push_back(std::move(document));
  }
  return std::make_shared<const Snapshot>(std::move(snapshot));
}

inline PolicyPeer PeerOf(const Evaluator& evaluator, const oracle::End& end) {
  const Snapshot& snapshot = evaluator.snapshot();
  if (end.outside) return {std::nullopt, end.outside, {}, false};
  if (end.node) {
    const Node& node = snapshot.nodes.at(*end.node);
    PolicyPeer peer{std::nullopt, std::nullopt, node.name, true};
    if (!node.internal_ips.empty()) peer.address = node.internal_ips.front();
    return peer;
  }
  return evaluator.PeerOf(*end.pod);
}

inline std::string Text(const Judgement& judgement) {
  std::string text(ToString(judgement.expectation));
  for (const auto& rule : judgement.rules) text += "\n  " + rule.text;
  return text;
}

}  // namespace podreach
