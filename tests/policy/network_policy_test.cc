// What tools get wrong about networking.k8s.io/v1 NetworkPolicy, a line a case.

#include <gtest/gtest.h>

#include "tests/policy/policy_builder.h"

namespace podreach {
namespace {

using testing_policy::Block;
using testing_policy::Both;
using testing_policy::JudgeLine;
using testing_policy::NetworkPolicy;
using testing_policy::NetworkPolicyPeer;
using testing_policy::Over;
using testing_policy::Pods;
using testing_policy::Policy;
using testing_policy::Spaces;
using testing_policy::Summary;

struct Case {
  const char* what;
  std::vector<NetworkPolicy> policies;
  const char* connection;
  const char* judged;
};

void Check(const std::vector<Case>& cases, const EnforcerProfile& profile = {}) {
  for (const auto& c : cases) {
    const auto judgement = JudgeLine(Over(c.policies, profile), c.connection);
    EXPECT_EQ(Summary(judgement), c.judged) << c.what << ": " << c.connection;
    EXPECT_FALSE(judgement.rules.empty()) << c.what;
    for (const auto& rule : judgement.rules) EXPECT_FALSE(rule.text.empty()) << c.what;
  }
}

TEST(NetworkPolicyTest, IsolationAndItsAbsence) {
  Check({
      {"no policy", {}, "shop/web > shop/db TCP 80", "allow"},
      {"no rule", {Policy("shop/p").DenyIn()}, "bank/api > shop/db TCP 80", "deny: shop/p"},
      {"an empty rule",
       {Policy("shop/p").In()},
       "bank/api > shop/db TCP 80",
       "allow: shop/p spec.ingress[0]"},
      {"an empty rule, from outside",
       {Policy("shop/p").In()},
       "203.0.113.7 > shop/db TCP 80",
       "allow: shop/p spec.ingress[0]"},
      {"an empty rule, any protocol",
       {Policy("shop/p").In()},
       "bank/api > shop/db SCTP 9",
       "allow: shop/p spec.ingress[0]"},
      {"the other direction is open",
       {Policy("shop/p").DenyIn()},
       "shop/db > bank/api TCP 80",
       "allow"},
      {"egress isolates no ingress",
       {Policy("shop/p").DenyOut()},
       "bank/api > shop/db TCP 80",
       "allow"},
      {"no egress rule", {Policy("shop/p").DenyOut()}, "shop/db > bank/api TCP 80", "deny: shop/p"},
      {"an empty egress rule, outside",
       {Policy("shop/p").Out()},
       "shop/db > 203.0.113.7 TCP 80",
       "allow: shop/p spec.egress[0]"},
      {"another namespace", {Policy("bank/p").DenyIn()}, "shop/web > shop/db TCP 80", "allow"},
      {"another label",
       {Policy("shop/p", "app=web").DenyIn()},
       "shop/web > shop/db TCP 80",
       "allow"},
      {"this label",
       {Policy("shop/p", "app=db").DenyIn()},
       "shop/web > shop/db TCP 80",
       "deny: shop/p"},
      {"every policy that isolates",
       {Policy("shop/p").DenyIn(), Policy("shop/q").DenyIn()},
       "shop/web > shop/db TCP 80",
       "deny: shop/p; shop/q"},
      {"the union",
       {Policy("shop/p").DenyIn(), Policy("shop/q").In({Pods("app=web")})},
       "shop/web > shop/db TCP 80",
       "allow: shop/q spec.ingress[0].from[0]"},
      {"the union, all that allow",
       {Policy("shop/p").In(), Policy("shop/q").In({Pods("app=x"), Pods("app=web")})},
       "shop/web > shop/db TCP 80",
       "allow: shop/p spec.ingress[0]; shop/q spec.ingress[0].from[1]"},
      {"rules of the other direction",
       {Policy("shop/p").In({Pods("app=x")}).Out()},
       "shop/web > shop/db TCP 80",
       "deny: shop/p"},
  });
}

TEST(NetworkPolicyTest, BothSidesDecide) {
  const auto in = Policy("shop/in", "app=db").In({Pods("app=web")}, {"TCP 80"});
  const auto out = Policy("shop/out", "app=web").Out({Pods("app=db")}, {"TCP 80"});
  const auto deny_out = Policy("shop/none", "app=web").DenyOut();
  const auto deny_in = Policy("shop/shut", "app=db").DenyIn();
  Check({
      {"both allow",
       {in, out},
       "shop/web > shop/db TCP 80",
       "allow: shop/out spec.egress[0].to[0]; shop/in spec.ingress[0].from[0]"},
      {"egress denies", {in, deny_out}, "shop/web > shop/db TCP 80", "deny: shop/none"},
      {"ingress denies", {deny_in, out}, "shop/web > shop/db TCP 80", "deny: shop/shut"},
      {"both deny", {deny_in, deny_out}, "shop/web > shop/db TCP 80", "deny: shop/none; shop/shut"},
      {"a pod and itself",
       {deny_in, Policy("shop/none").DenyOut()},
       "shop/db > shop/db TCP 80",
       "allow"},
      {"a pod and its replica", {deny_in}, "shop/db > shop/db2 TCP 80", "deny: shop/shut"},
      {"a class and itself, addresses not known",
       {deny_in},
       "shop/db@? > shop/db@? TCP 80",
       "deny: shop/shut"},
  });
}

TEST(NetworkPolicyTest, Peers) {
  const auto from = [](std::initializer_list<NetworkPolicyPeer> peers) {
    return std::vector<NetworkPolicy>{Policy("shop/p").In(peers)};
  };
  const char* first = "allow: shop/p spec.ingress[0].from[0]";
  const char* deny = "deny: shop/p";
  Check({
      {"labels, nil", from({Pods("app=web")}), "shop/web > shop/db TCP 1", first},
      {"labels, nil: its own namespace alone", from({Pods("app=web")}), "bank/web > shop/db TCP 1",
       deny},
      {"empty, nil", from({Pods("")}), "shop/web > shop/db TCP 1", first},
      {"empty, nil: its own namespace alone", from({Pods("")}), "bank/web > shop/db TCP 1", deny},
      {"nil, labels", from({Spaces("team=b")}), "bank/api > shop/db TCP 1", first},
      {"nil, labels: another namespace", from({Spaces("team=b")}), "shop/web > shop/db TCP 1",
       deny},
      {"nil, empty", from({Spaces("")}), "lab/any > shop/db TCP 1", first},
      {"nil, empty: pods alone", from({Spaces("")}), "203.0.113.7 > shop/db TCP 1", deny},
      {"labels AND labels", from({Both("team=b", "app=web")}), "bank/web > shop/db TCP 1", first},
      {"labels AND labels: one is not enough", from({Both("team=b", "app=web")}),
       "bank/api > shop/db TCP 1", deny},
      {"labels AND labels: nor the other", from({Both("team=b", "app=web")}),
       "shop/web > shop/db TCP 1", deny},
      {"empty AND labels", from({Both("team=b", "")}), "bank/api > shop/db TCP 1", first},
      {"labels AND empty", from({Both("", "app=api")}), "bank/api > shop/db TCP 1", first},
      {"empty AND empty", from({Both("", "")}), "lab/any > shop/db TCP 1", first},
      {"two peers are OR", from({Spaces("team=b"), Pods("app=web")}), "shop/web > shop/db TCP 1",
       "allow: shop/p spec.ingress[0].from[1]"},
      {"the namespace's name", from({Spaces("kubernetes.io/metadata.name=lab")}),
       "lab/any > shop/db TCP 1", first},
      {"the namespace's name, another", from({Spaces("kubernetes.io/metadata.name=lab")}),
       "bank/api > shop/db TCP 1", deny},
      {"In", from({Spaces("team in b|c")}), "bank/api > shop/db TCP 1", first},
      {"In, absent", from({Spaces("team in b|c")}), "lab/any > shop/db TCP 1", deny},
      {"NotIn", from({Spaces("team notin a")}), "bank/api > shop/db TCP 1", first},
      {"NotIn, listed", from({Spaces("team notin b")}), "bank/api > shop/db TCP 1", deny},
      {"NotIn also matches where the key is absent", from({Spaces("team notin a")}),
       "lab/any > shop/db TCP 1", first},
      {"Exists", from({Spaces("team")}), "bank/api > shop/db TCP 1", first},
      {"Exists, absent", from({Spaces("team")}), "lab/any > shop/db TCP 1", deny},
      {"DoesNotExist", from({Spaces("!team")}), "lab/any > shop/db TCP 1", first},
      {"DoesNotExist, there", from({Spaces("!team")}), "bank/api > shop/db TCP 1", deny},
      {"all requirements", from({Pods("app=web,tier=front")}), "shop/web > shop/db TCP 1", first},
      {"all requirements, one fails", from({Pods("app=web,tier=back")}), "shop/web > shop/db TCP 1",
       deny},
  });
}

TEST(NetworkPolicyTest, IpBlocks) {
  const auto out = [](std::initializer_list<NetworkPolicyPeer> peers) {
    return std::vector<NetworkPolicy>{Policy("shop/p").Out(peers)};
  };
  const char* first = "allow: shop/p spec.egress[0].to[0]";
  const char* deny = "deny: shop/p";
  Check({
      {"inside", out({Block("203.0.113.0/24")}), "shop/web > 203.0.113.7 TCP 1", first},
      {"outside", out({Block("203.0.113.0/24")}), "shop/web > 203.0.114.7 TCP 1", deny},
      {"excepted", out({Block("0.0.0.0/0", {"203.0.113.0/24"})}), "shop/web > 203.0.113.7 TCP 1",
       deny},
      {"beside the exception", out({Block("0.0.0.0/0", {"203.0.113.0/24"})}),
       "shop/web > 203.0.114.7 TCP 1", first},
      {"an exception stops no other block",
       out({Block("0.0.0.0/0", {"203.0.113.0/24"}), Block("203.0.113.7/32")}),
       "shop/web > 203.0.113.7 TCP 1", "allow: shop/p spec.egress[0].to[1]"},
      {"an exception stops no other policy",
       {Policy("shop/p").Out({Block("0.0.0.0/0", {"203.0.113.0/24"})}), Policy("shop/q").Out()},
       "shop/web > 203.0.113.7 TCP 1",
       "allow: shop/q spec.egress[0]"},
      {"an exception stops no selector",
       out({Block("0.0.0.0/0", {"10.0.0.0/8"}), Spaces("team=b")}), "shop/web > bank/api TCP 1",
       "allow: shop/p spec.egress[0].to[1]"},
      {"selectors match nothing outside", out({Spaces(""), Pods("")}),
       "shop/web > 203.0.113.7 TCP 1", deny},
      {"a pod's address", out({Block("10.0.2.0/24")}), "shop/web > bank/api TCP 1", first},
      {"another pod's address", out({Block("10.0.2.0/24")}), "shop/web > lab/any TCP 1", deny},
      {"a source's address",
       {Policy("shop/p").In({Block("10.0.2.1/32")})},
       "bank/api > shop/db TCP 1",
       "allow: shop/p spec.ingress[0].from[0]"},
      {"IPv6", out({Block("2001:db8::/32")}), "shop/web@fd00::1:1 > 2001:db8::7 TCP 1", first},
      {"IPv4 blocks hold no IPv6", out({Block("0.0.0.0/0")}),
       "shop/web@fd00::1:1 > 2001:db8::7 TCP 1", deny},
      {"each address of a pod by itself: IPv4", out({Block("10.0.1.2/32")}),
       "shop/web > shop/db TCP 1", first},
      {"each address of a pod by itself: IPv6", out({Block("10.0.1.2/32")}),
       "shop/web > shop/db@fd00::1:2 TCP 1", deny},
      {"IPv4-mapped", out({Block("10.0.1.2/32")}), "shop/web > shop/db@::ffff:10.0.1.2 TCP 1",
       first},
      {"an address that isn't known", out({Block("10.0.1.2/32")}), "shop/web > shop/db@? TCP 1",
       "unknown: shop/p spec.egress[0].to[0]"},
      {"an address that isn't known and doesn't matter", out({Block("10.0.1.2/32"), Pods("")}),
       "shop/web > shop/db@? TCP 1", "allow: shop/p spec.egress[0].to[1]"},
      {"an address that isn't known, but the port is",
       {Policy("shop/p").Out({Block("10.0.1.2/32")}, {"TCP 80"})},
       "shop/web > shop/db@? TCP 81",
       deny},
  });
}

TEST(NetworkPolicyTest, IpBlocksByTheProfileOfAnEnforcer) {
  const EnforcerProfile cilium{"cilium", false, false};
  const auto to = Policy("shop/p").Out({Block("0.0.0.0/0")});
  Check(
      {{"pods are no addresses",
        {to},
        "shop/web > bank/api TCP 1",
        "deny: shop/p spec.egress[0].to[0]; shop/p"},
       {"nor are nodes",
        {to},
        "shop/web > node n2@192.168.0.2 TCP 1",
        "deny: shop/p spec.egress[0].to[0]; shop/p"},
       {"even where the address isn't known", {to}, "shop/web > bank/api@? TCP 1", "deny: shop/p"},
       {"the outside is",
        {to},
        "shop/web > 203.0.113.7 TCP 1",
        "allow: shop/p spec.egress[0].to[0]"},
       {"a node from elsewhere",
        {Policy("shop/p").In({Block("0.0.0.0/0")})},
        "node n1@192.168.0.1 > shop/db TCP 1",
        "unknown"}},
      cilium);
  const auto judgement = JudgeLine(Over({to}, cilium), "shop/web > bank/api TCP 1");
  EXPECT_EQ(judgement.rules.at(0).text,
            "by the profile of cilium: ipBlock 0.0.0.0/0 of shop/p does not match pods, though it "
            "holds bank/api");
}

TEST(NetworkPolicyTest, PortsAndProtocols) {
  const auto in = [](const std::vector<std::string>& ports) {
    return std::vector<NetworkPolicy>{Policy("shop/p").In({}, ports)};
  };
  const char* allow = "allow: shop/p spec.ingress[0]";
  const char* deny = "deny: shop/p";
  Check({
      {"a port", in({"TCP 80"}), "shop/web > shop/db TCP 80", allow},
      {"the port before", in({"TCP 80"}), "shop/web > shop/db TCP 79", deny},
      {"the port behind", in({"TCP 80"}), "shop/web > shop/db TCP 81", deny},
      {"the same number on UDP", in({"TCP 80"}), "shop/web > shop/db UDP 80", deny},
      {"a protocol alone", in({"UDP"}), "shop/web > shop/db UDP 65535", allow},
      {"a protocol alone, another", in({"UDP"}), "shop/web > shop/db TCP 65535", deny},
      {"endPort, first", in({"TCP 80-90"}), "shop/web > shop/db TCP 80", allow},
      {"endPort, last", in({"TCP 80-90"}), "shop/web > shop/db TCP 90", allow},
      {"endPort, behind", in({"TCP 80-90"}), "shop/web > shop/db TCP 91", deny},
      {"endPort of one port", in({"TCP 80-80"}), "shop/web > shop/db TCP 80", allow},
      {"endPort to the end", in({"TCP 1-65535"}), "shop/web > shop/db TCP 65535", allow},
      {"any of several", in({"TCP 80", "UDP 53"}), "shop/web > shop/db UDP 53", allow},
      {"SCTP isolates TCP", in({"SCTP 7"}), "shop/web > shop/db TCP 7", deny},
      {"SCTP isolates UDP", in({"SCTP 7"}), "shop/web > shop/db UDP 7", deny},
      {"SCTP", in({"SCTP 7"}), "shop/web > shop/db SCTP 7", allow},
      {"peers AND ports",
       {Policy("shop/p").In({Pods("app=web")}, {"TCP 80"}).In({Pods("app=x")}, {"TCP 81"})},
       "shop/web > shop/db TCP 81",
       deny},
      {"endPort below port", in({"TCP 90-80"}), "shop/web > shop/db TCP 85", "unknown: shop/p"},
      {"endPort with a name", in({"TCP http-90"}), "shop/web > shop/db TCP 85", "unknown: shop/p"},
  });
}

TEST(NetworkPolicyTest, NamedPorts) {
  const auto in = [](const char* port) {
    return std::vector<NetworkPolicy>{Policy("shop/p").In({}, {port})};
  };
  const auto out = [](NetworkPolicyPeer peer, const char* port) {
    return std::vector<NetworkPolicy>{Policy("shop/p").Out({std::move(peer)}, {port})};
  };
  const char* allow = "allow: shop/p spec.ingress[0]";
  const char* to = "allow: shop/p spec.egress[0].to[0]";
  const char* deny = "deny: shop/p";
  Check({
      {"the destination's", in("TCP http"), "shop/web > shop/db TCP 80", allow},
      {"not the source's", in("TCP http"), "shop/web > shop/db TCP 8080", deny},
      {"another number on the next pod", in("TCP http"), "shop/web > shop/db2 TCP 81", allow},
      {"not the first pod's number on the next", in("TCP http"), "shop/web > shop/db2 TCP 80",
       deny},
      {"absent on the pod", in("TCP sql"), "shop/web > shop/db2 TCP 5432", deny},
      {"of another protocol", in("TCP dns"), "shop/web > shop/db TCP 53", deny},
      {"of its protocol", in("UDP dns"), "shop/web > shop/db UDP 53", allow},
      {"twice in a pod, first", in("TCP twin"), "shop/web > shop/db TCP 9000", allow},
      {"twice in a pod, second", in("TCP twin"), "shop/web > shop/db TCP 9001", allow},
      {"from outside", in("TCP http"), "203.0.113.7 > shop/db TCP 80", allow},
      {"from an ipBlock: the subject's",
       {Policy("shop/p").In({Block("0.0.0.0/0")}, {"TCP http"})},
       "203.0.113.7 > shop/db TCP 80",
       "allow: shop/p spec.ingress[0].from[0]"},
      {"egress: the destination's", out(Pods("app=db"), "TCP http"), "shop/web > shop/db TCP 80",
       to},
      {"egress: another number on the next pod", out(Pods("app=db"), "TCP http"),
       "shop/web > shop/db2 TCP 81", to},
      {"egress: not the subject's", out(Pods("app=db"), "TCP http"), "shop/web > shop/db TCP 8080",
       deny},
      {"egress to everyone: a pod's",
       {Policy("shop/p").Out({}, {"TCP http"})},
       "shop/web > shop/db TCP 80",
       "allow: shop/p spec.egress[0]"},
      {"egress to everyone: nothing outside",
       {Policy("shop/p").Out({}, {"TCP http"})},
       "shop/web > 203.0.113.7 TCP 80",
       deny},
      {"egress to everyone: nothing on a node",
       {Policy("shop/p").Out({}, {"TCP http"})},
       "shop/db > lab/host TCP 80",
       deny},
      {"egress to an ipBlock: nothing outside", out(Block("0.0.0.0/0"), "TCP http"),
       "shop/web > 203.0.113.7 TCP 80", deny},
      {"egress to an ipBlock: not even on a pod", out(Block("0.0.0.0/0"), "TCP http"),
       "shop/web > shop/db TCP 80", deny},
  });
}

TEST(NetworkPolicyTest, NodesAndHostNetwork) {
  const auto deny_in = Policy("shop/p").DenyIn();
  const auto deny_out = Policy("shop/p").DenyOut();
  Check({
      {"no subject: ingress", {Policy("lab/p").DenyIn()}, "shop/web > lab/host TCP 1", "allow"},
      {"no subject: egress", {Policy("lab/p").DenyOut()}, "lab/host > shop/web TCP 1", "allow"},
      {"no peer of a podSelector",
       {Policy("shop/p").Out({Both("", "app=web")})},
       "shop/db > lab/host TCP 1",
       "deny: shop/p"},
      {"no peer of a namespaceSelector",
       {Policy("shop/p").Out({Spaces("")})},
       "shop/db > lab/host TCP 1",
       "deny: shop/p"},
      {"its own node is let in", {deny_in}, "node n2@192.168.0.2 > shop/db TCP 1", "allow"},
      {"a hostNetwork pod on its own node too", {deny_in}, "lab/host > shop/web TCP 1", "allow"},
      {"another node is the CNI's choice",
       {deny_in},
       "node n1@192.168.0.1 > shop/db TCP 1",
       "unknown"},
      {"a node whose name isn't known", {deny_in}, "node @192.168.0.1 > shop/db TCP 1", "unknown"},
      {"another node, no isolation", {}, "node n1@192.168.0.1 > shop/db TCP 1", "allow"},
      {"another node, by ipBlock",
       {Policy("shop/p").In({Block("192.168.0.1/32")})},
       "node n1@192.168.0.1 > shop/db TCP 1",
       "allow: shop/p spec.ingress[0].from[0]"},
      {"another node, empty from",
       {Policy("shop/p").In({}, {"TCP 1"})},
       "node n1@192.168.0.1 > shop/db TCP 1",
       "allow: shop/p spec.ingress[0]"},
      {"another node, empty from, another port",
       {Policy("shop/p").In({}, {"TCP 1"})},
       "node n1@192.168.0.1 > shop/db TCP 2",
       "unknown"},
      {"a selector lets no other node in",
       {Policy("shop/p").In({Both("", "app=web")})},
       "lab/host > shop/db TCP 1",
       "unknown"},
      {"to another node", {deny_out}, "shop/db > node n1@192.168.0.1 TCP 1", "deny: shop/p"},
      {"to another node, by ipBlock",
       {Policy("shop/p").Out({Block("192.168.0.0/24")})},
       "shop/db > lab/host TCP 1",
       "allow: shop/p spec.egress[0].to[0]"},
      {"to its own node", {deny_out}, "shop/db > node n2@192.168.0.2 TCP 1", "unknown"},
      {"to its own node, by ipBlock",
       {Policy("shop/p").Out({Block("192.168.0.0/24")})},
       "shop/db > node n2@192.168.0.2 TCP 1",
       "allow: shop/p spec.egress[0].to[0]"},
      {"a node to the outside", {deny_in}, "node n1@192.168.0.1 > 203.0.113.7 TCP 1", "allow"},
      {"from outside", {deny_in}, "203.0.113.7 > shop/db TCP 1", "deny: shop/p"},
      {"from outside, by ipBlock",
       {Policy("shop/p").In({Block("203.0.113.0/24")})},
       "203.0.113.7 > shop/db TCP 1",
       "allow: shop/p spec.ingress[0].from[0]"},
  });
}

TEST(NetworkPolicyTest, PoliciesThatCannotBeRead) {
  const auto bad = Policy("shop/bad", "app=db")
                       .In({Block("10.0.0.0/8")})
                       .Damage("/spec/ingress/0/from/0/ipBlock/cidr", "10.0");
  const auto bad_selector =
      Policy("shop/bad", "app=x").DenyIn().Damage("/spec/podSelector/matchLabels", "not a map");
  const auto allow = Policy("shop/p", "app=db").In({Pods("app=web")}, {"TCP 80"});
  const auto deny = Policy("shop/p", "app=db").DenyIn();
  auto mixed = NetworkPolicy(Policy("shop/bad").In({Block("10.0.0.0/8")}));
  mixed.ingress[0].peers[0].pod_selector.emplace();
  auto empty = NetworkPolicy(Policy("shop/bad").In({Block("10.0.0.0/8")}));
  empty.ingress[0].peers[0].ip_block.reset();
  Check({
      {"it may isolate", {bad}, "shop/web > shop/db TCP 80", "unknown: shop/bad"},
      {"it may allow", {bad, deny}, "shop/web > shop/db TCP 80", "unknown: shop/bad"},
      {"what another allows is certain",
       {bad, allow},
       "shop/web > shop/db TCP 80",
       "allow: shop/p spec.ingress[0].from[0]"},
      {"what another does not allow isn't",
       {bad, allow},
       "shop/web > shop/db TCP 81",
       "unknown: shop/bad"},
      {"a denial of the other side is certain",
       {bad, Policy("shop/q", "app=web").DenyOut()},
       "shop/web > shop/db TCP 80",
       "deny: shop/q"},
      {"the other direction", {bad}, "shop/db > shop/web TCP 80", "allow"},
      {"other pods", {bad}, "shop/db > shop/web TCP 80", "allow"},
      {"other namespaces", {bad}, "shop/db > bank/api TCP 80", "allow"},
      {"its selector: every pod of the namespace",
       {bad_selector},
       "bank/api > shop/web TCP 80",
       "unknown: shop/bad"},
      {"its selector: not the other direction",
       {bad_selector},
       "shop/web > bank/api TCP 80",
       "allow"},
      {"its types: both directions",
       {Policy("shop/bad", "app=web").DenyIn().Damage("/spec/policyTypes/0", "Both")},
       "shop/web > bank/api TCP 80",
       "unknown: shop/bad"},
      {"an egress list: that direction too",
       {Policy("shop/bad").DenyIn().Damage("/spec/egress", "not a list")},
       "shop/web > bank/api TCP 80",
       "unknown: shop/bad"},
      {"anything else: everything",
       {Policy("shop/bad", "app=x").Damage("/spec", "not a map")},
       "shop/web > bank/api TCP 80",
       "unknown: shop/bad"},
      {"its own node is let in all the same",
       {bad},
       "node n2@192.168.0.2 > shop/db TCP 80",
       "allow"},
      {"a pod reaches itself all the same", {bad}, "shop/db > shop/db TCP 80", "allow"},
      {"ipBlock beside a selector", {mixed}, "shop/web > shop/db TCP 80", "unknown: shop/bad"},
      {"a peer without a word", {empty}, "shop/web > shop/db TCP 80", "unknown: shop/bad"},
      {"an exception outside of its block",
       {Policy("shop/bad").In({Block("10.0.0.0/8", {"11.0.0.0/8"})})},
       "shop/web > shop/db TCP 80",
       "unknown: shop/bad"},
      {"an exception as wide as its block",
       {Policy("shop/bad").In({Block("10.0.0.0/8", {"10.0.0.0/8"})})},
       "shop/web > shop/db TCP 80",
       "unknown: shop/bad"},
      {"In without values",
       {Policy("shop/bad", "app in ").DenyIn()},
       "bank/api > shop/web TCP 80",
       "unknown: shop/bad"},
  });
}

}  // namespace
}  // namespace podreach
