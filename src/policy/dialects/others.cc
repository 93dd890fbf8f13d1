// Kinds of policies that podreach knows of and can't evaluate. What they could touch is unknown.

#include "policy/dialect.h"

namespace podreach::policy::others {

Dialect Make() {
  Dialect dialect;
  dialect.name = "others";
  dialect.kinds = {{"crd.antrea.io", "NetworkPolicy", "networkpolicies"},
                   {"crd.antrea.io", "ClusterNetworkPolicy", "clusternetworkpolicies", false},
                   {"k8s.ovn.org", "EgressFirewall", "egressfirewalls"},
                   {"network.openshift.io", "EgressNetworkPolicy", "egressnetworkpolicies"},
                   {"crd.nsx.vmware.com", "SecurityPolicy", "securitypolicies"},
                   {"vpcresources.k8s.aws", "SecurityGroupPolicy", "securitygrouppolicies"}};
  return dialect;
}

}  // namespace podreach::policy::others
