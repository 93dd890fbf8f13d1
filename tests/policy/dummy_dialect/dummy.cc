// A dialect of one kind, for the test that adding a dialect is adding one file. A Wall of a
// namespace denies the ports that it names to all pods there, in a layer of its own.

#include "policy/dialect.h"
#include "policy/dialects/support/document_reader.h"

namespace podreach::policy {
namespace {

void ReadWalls(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
               std::vector<PolicyRules>& rules) {
  for (const auto* document : documents) {
    const DocumentReader reader(snapshot, *document);
    auto policy = reader.Begin();
    policy.tier = {LayerNamed("dummy"), 0, "dummy"};
    policy.subjects = {PodsOf(document->ns)};
    policy.ingress = true;
    policy.isolates = false;
    Rule& deny = policy.ingress_rules.emplace_back();
    deny.action = Action::kDeny;
    deny.field = "spec.ports";
    deny.peers = {RulePeer::Everyone(deny.field)};
    for (const Field& port : reader.spec().At("ports").Items()) {
      PortSet one;
      if (const auto number = port.ReadPort()) one.Add(*number);
      deny.ports.Add(Protocol::kTcp, one);
    }
    rules.push_back(std::move(policy));
  }
}

}  // namespace

namespace dummy {

Dialect Make() {
  Dialect dialect;
  dialect.name = "Dummy";
  dialect.kinds = {{"dummy.example", "Wall", "walls"}};
  dialect.read = ReadWalls;
  dialect.layer = "dummy";
  return dialect;
}

}  // namespace dummy
}  // namespace podreach::policy
