#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "podreach/collect/source.h"

namespace podreach {

/// The kinds of policies that these tests have.
inline constexpr PolicyKind kTestKinds[] = {
    {.group = "networking.k8s.io",
     .kind = "NetworkPolicy",
     .plural = "networkpolicies",
     .version = "v1",
     .former_group = "extensions"},
    {"cilium.io", "CiliumNetworkPolicy", "ciliumnetworkpolicies"},
    {"crd.projectcalico.org", "NetworkPolicy", "networkpolicies"},
    {"crd.projectcalico.org", "GlobalNetworkPolicy", "globalnetworkpolicies", false},
    {"projectcalico.org", "NetworkPolicy", "networkpolicies", true, "crd.projectcalico.org"},
    {"policy.networking.k8s.io", "AdminNetworkPolicy", "adminnetworkpolicies", false},
    {"security.istio.io", "AuthorizationPolicy", "authorizationpolicies"},
};

/// The snapshot of these objects.
template <class... Objects>
Snapshot SnapshotOf(const Objects&... objects) {
  ObjectParser parser(kTestKinds);
  (parser.Add(objects), ...);
  return std::move(parser).Finish();
}

/// An object from JSON text.
inline nlohmann::json Parse(const std::string& text) { return nlohmann::json::parse(text); }

/// An object shop/x of a kind, with further members in JSON: R"("spec": {})".
inline nlohmann::json Object(const std::string& api_version, const std::string& kind,
                             const std::string& members = "") {
  return Parse(R"({"apiVersion": ")" + api_version + R"(", "kind": ")" + kind +
               R"(", "metadata": {"namespace": "shop", "name": "x", "uid": "u1"})" +
               (members.empty() ? "" : ", " + members) + "}");
}

/// Every gap, one a line: "resource: reason".
inline std::string GapText(const Snapshot& snapshot) {
  std::string text;
  for (const SnapshotGap& gap : snapshot.gaps) text += gap.What() + ": " + gap.Why() + "\n";
  return text;
}

}  // namespace podreach
