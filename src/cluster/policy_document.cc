#include "podreach/cluster/policy_document.h"

#include <algorithm>
#include <array>

namespace podreach {
namespace {

constexpr std::string_view kCalico = "crd.projectcalico.org";

constexpr std::array<PolicyKind, 34> kKinds{{
    {"cilium.io", "CiliumNetworkPolicy", "ciliumnetworkpolicies"},
    {"cilium.io", "CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies", false},
    {kCalico, "NetworkPolicy", "networkpolicies"},
    {kCalico, "GlobalNetworkPolicy", "globalnetworkpolicies", false},
    {kCalico, "Tier", "tiers", false},
    {kCalico, "NetworkSet", "networksets"},
    {kCalico, "GlobalNetworkSet", "globalnetworksets", false},
    {kCalico, "HostEndpoint", "hostendpoints", false},
    // Calico's own API server shows what is in its CRDs, and the NetworkPolicies of Kubernetes once
    // more.
    {"projectcalico.org", "NetworkPolicy", "networkpolicies", true, kCalico},
    {"projectcalico.org", "GlobalNetworkPolicy", "globalnetworkpolicies", false, kCalico},
    {"projectcalico.org", "Tier", "tiers", false, kCalico},
    {"projectcalico.org", "NetworkSet", "networksets", true, kCalico},
    {"projectcalico.org", "GlobalNetworkSet", "globalnetworksets", false, kCalico},
    {"projectcalico.org", "HostEndpoint", "hostendpoints", false, kCalico},
    {"policy.networking.k8s.io", "AdminNetworkPolicy", "adminnetworkpolicies", false},
    {"policy.networking.k8s.io", "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies",
     false},
    {"policy.networking.k8s.io", "ClusterNetworkPolicy", "clusternetworkpolicies", false},
    {"security.istio.io", "AuthorizationPolicy", "authorizationpolicies"},
    {"security.istio.io", "PeerAuthentication", "peerauthentications"},
    {"networking.istio.io", "Sidecar", "sidecars"},
    {"policy.linkerd.io", "Server", "servers"},
    {"policy.linkerd.io", "AuthorizationPolicy", "authorizationpolicies"},
    {"policy.linkerd.io", "ServerAuthorization", "serverauthorizations"},
    {"policy.linkerd.io", "MeshTLSAuthentication", "meshtlsauthentications"},
    {"policy.linkerd.io", "NetworkAuthentication", "networkauthentications"},
    {"policy.linkerd.io", "EgressNetwork", "egressnetworks"},
    {"consul.hashicorp.com", "ServiceIntentions", "serviceintentions"},
    {"crd.antrea.io", "NetworkPolicy", "networkpolicies"},
    {"crd.antrea.io", "ClusterNetworkPolicy", "clusternetworkpolicies", false},
    {"kuma.io", "MeshTrafficPermission", "meshtrafficpermissions"},
    {"k8s.ovn.org", "EgressFirewall", "egressfirewalls"},
    {"network.openshift.io", "EgressNetworkPolicy", "egressnetworkpolicies"},
    {"crd.nsx.vmware.com", "SecurityPolicy", "securitypolicies"},
    {"vpcresources.k8s.aws", "SecurityGroupPolicy", "securitygrouppolicies"},
}};

}  // namespace

std::span<const PolicyKind> PolicyKinds() { return kKinds; }

const PolicyKind* FindPolicyKind(std::string_view group, std::string_view kind) {
  const auto found = std::ranges::find_if(kKinds, [&](const PolicyKind& candidate) {
    return candidate.group == group && candidate.kind == kind;
  });
  return found == kKinds.end() ? nullptr : &*found;
}

}  // namespace podreach
