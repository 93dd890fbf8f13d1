#include "podreach/policy/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/policy_builder.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_policy::Block;
using testing_policy::Both;
using testing_policy::JudgeLine;
using testing_policy::LabelsOf;
using testing_policy::MakePod;
using testing_policy::Named;
using testing_policy::NetworkPolicy;
using testing_policy::Over;
using testing_policy::Pods;
using testing_policy::Policy;
using testing_policy::Shop;
using testing_policy::Spaces;
using testing_policy::Summary;
using testing_policy::ToConnection;

std::vector<std::string> Texts(const Judgement& judgement) {
  std::vector<std::string> texts;
  for (const auto& rule : judgement.rules) texts.push_back(rule.text);
  return texts;
}

TEST(EvaluatorTest, SaysWhatDecided) {
  const auto in =
      Policy("bank/in", "app=api")
          .In({Spaces("team=x"), Both("team=a", "app=web")}, {"TCP 80-90", "UDP dns", "TCP http"});
  const auto none = Policy("bank/none").DenyIn();
  struct Row {
    std::vector<NetworkPolicy> policies;
    const char* connection;
    std::vector<std::string> texts;
  };
  const std::vector<Row> rows = {
      {{},
       "shop/web > bank/api TCP 80",
       {"no policy selects shop/web for egress", "no policy selects bank/api for ingress"}},
      {{none, in},
       "shop/web > bank/api TCP 85",
       {"no policy selects shop/web for egress",
        "ingress to bank/api is allowed by bank/in, spec.ingress[0].from[1]: pods app=web in the "
        "namespaces team=a, TCP 80-90,http, UDP dns"}},
      {{none},
       "shop/web > bank/api TCP 80",
       {"ingress to bank/api is isolated by bank/none and no rule allows it"}},
      {{none},
       "node n9 > bank/api TCP 80",
       {"no rule allows ingress to bank/api from node n9: whether nodes are let in is the CNI's "
        "choice"}},
      {{none},
       "node n1 > bank/api TCP 80",
       {"node n1 is a node's own network: no policy applies to it",
        "ingress to bank/api from its own node is always let in: the kubelet must probe"}},
      {{none}, "bank/api > bank/api TCP 80", {"bank/api always reaches itself"}},
      {{},
       "203.0.113.7 > lab/host TCP 80",
       {"203.0.113.7 is outside every pod: no policy applies to it",
        "node n1 is a node's own network: no policy applies to it"}},
      {{Policy("shop/o").Out({Block("10.0.0.0/8", {"10.0.2.0/24"})})},
       "shop/web > lab/any@? TCP 80",
       {"egress from shop/web hangs on whether ipBlock 10.0.0.0/8 except 10.0.2.0/24 of shop/o "
        "holds the other end, whose address is not known"}},
      {{Policy("shop/o").DenyOut().Damage("/spec/egress", "odd")},
       "shop/web > lab/any TCP 80",
       {"egress from shop/web hangs on shop/o, which can't be evaluated: spec.egress: is string, "
        "not a list"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Texts(JudgeLine(Over(row.policies), row.connection)), row.texts) << row.connection;
  }
}

TEST(EvaluatorTest, AllowedPorts) {
  const std::vector<NetworkPolicy> policies = {
      Policy("shop/in", "app=db")
          .In({Pods("")}, {"TCP 80-90", "TCP twin", "UDP"})
          .In({}, {"TCP 91"}),
      Policy("shop/out", "app=web").Out({Pods("")}, {"TCP 85-9000"}).Out({}, {"UDP 53"})};
  const auto evaluator = Over(policies);
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"shop/web > shop/db TCP 1", "85-91,9000"}, {"shop/web > shop/db UDP 1", "53"},
      {"shop/web > shop/db SCTP 1", ""},          {"bank/api > shop/db TCP 1", "91"},
      {"bank/api > shop/web TCP 1", "1-65535"},   {"shop/db > shop/db TCP 1", "1-65535"},
      {"node n2 > shop/db TCP 1", "1-65535"},     {"node n1 > shop/db TCP 1", "unknown"},
  };
  for (const auto& [text, ports] : rows) {
    const auto c = ToConnection(evaluator, text);
    const auto allowed = evaluator.AllowedPorts(c.source, c.destination, c.protocol);
    EXPECT_EQ(allowed ? allowed->ToString() : "unknown", ports) << text;
  }
}

TEST(EvaluatorTest, APortThatOneSideDoubtsAndTheOtherDeniesIsDenied) {
  const auto evaluator = Over({Policy("shop/bad", "app=db").DenyIn().Damage("/spec/ingress", "odd"),
                               Policy("shop/none", "app=web").DenyOut()});
  const auto c = ToConnection(evaluator, "shop/web > shop/db TCP 80");
  const auto allowed = evaluator.AllowedPorts(c.source, c.destination, c.protocol);
  ASSERT_TRUE(allowed);
  EXPECT_TRUE(allowed->empty());
}

TEST(EvaluatorTest, WhatNoSelectorTellsApartIsOneClass) {
  Snapshot snapshot;
  snapshot.namespaces = Shop({}).namespaces;
  const std::string hash = ",pod-template-hash=";
  snapshot.pods = {MakePod("shop/a", "app=web" + hash + "1", "n1", {"10.0.0.1"}),
                   MakePod("shop/b", "app=web" + hash + "2", "n1", {"10.0.0.2"}),
                   MakePod("shop/c", "app=x", "n1", {"10.0.0.3"}),
                   MakePod("shop/d", "app=y", "n1", {"10.0.0.4"}),
                   MakePod("bank/e", "app=web", "n1", {"10.0.0.5"}),
                   MakePod("shop/f", "app=web", "n1", {"10.0.0.6"}, {"http TCP 80"}),
                   MakePod("shop/g", "app=web", "n1", {"10.0.0.7"}, {"admin TCP 81"}),
                   MakePod("shop/h", "app=x", "n1", {"10.0.0.8"}, {"http TCP 80"})};
  snapshot.policy_documents = {Policy("shop/p", "app=web").In({}, {"TCP http"}).DenyOut(),
                               Policy("shop/q", "app=web").DenyIn().Damage("/spec/ingress", "odd")};
  const Evaluator evaluator(std::make_shared<const Snapshot>(snapshot), {});

  const auto web = evaluator.ClassOf(0);
  EXPECT_EQ(evaluator.ClassOf(1), web);
  EXPECT_EQ(evaluator.ClassOf(6), web) << "no policy asks for a port named admin";
  EXPECT_NE(evaluator.ClassOf(2), web);
  EXPECT_EQ(evaluator.ClassOf(2), evaluator.ClassOf(3)) << "no selector asks for x or y";
  EXPECT_EQ(evaluator.ClassOf(2), evaluator.ClassOf(7)) << "no policy asks these for http";
  EXPECT_NE(evaluator.ClassOf(4), web) << "another namespace";
  EXPECT_NE(evaluator.ClassOf(5), web) << "a named port that a policy asks for";

  const auto& pods = evaluator.classes()[static_cast<std::size_t>(*web)];
  EXPECT_EQ(pods.id, *web);
  EXPECT_EQ(pods.labels, LabelsOf("app=web"));
  EXPECT_THAT(pods.pods, ElementsAre(0, 1, 6));
  EXPECT_THAT(pods.ingress_policies, ElementsAre(0));
  EXPECT_THAT(pods.egress_policies, ElementsAre(0));
  EXPECT_THAT(pods.unread_policies, ElementsAre(1));
  const auto& others = evaluator.classes()[static_cast<std::size_t>(*evaluator.ClassOf(2))];
  EXPECT_THAT(others.labels, IsEmpty());
  EXPECT_THAT(others.ingress_policies, IsEmpty());
  const auto& named = evaluator.classes()[static_cast<std::size_t>(*evaluator.ClassOf(5))];
  EXPECT_THAT(named.named_ports, ElementsAre(Named("http TCP 80")));
}

TEST(EvaluatorTest, TerminatedPodsHaveNoClass) {
  const auto evaluator = Over({Policy("shop/p", "app=old").DenyIn()});
  EXPECT_FALSE(evaluator.ClassOf(7));
  for (const auto& pods : evaluator.classes()) {
    EXPECT_THAT(pods.ingress_policies, IsEmpty()) << "the label of a terminated pod made a class";
  }
  // The address is the web pod's by now.
  EXPECT_EQ(Summary(JudgeLine(evaluator, "bank/api > shop/web TCP 80")), "allow");
}

TEST(EvaluatorTest, ClassifiesPodsThatAreNotThere) {
  auto evaluator =
      Over({Policy("shop/p", "app=db").In({Both("team=b", "role=probe"), Spaces("!team")}),
            Policy("shop/q").DenyIn()});
  const auto existing = evaluator.classes().size();
  EXPECT_EQ(evaluator.Classify({"shop", LabelsOf("app=db,x=y"), false, {}}), *evaluator.ClassOf(1));
  EXPECT_EQ(evaluator.classes().size(), existing) << "one that has its like was added";

  const auto probe = evaluator.Classify({"bank", LabelsOf("role=probe"), false, {}});
  EXPECT_EQ(evaluator.classes().size(), existing + 1);
  EXPECT_THAT(evaluator.classes().back().pods, IsEmpty());
  const auto db = testing_policy::ToPeer(evaluator, "shop/db");
  const auto port = *Port::Parse("80");
  const auto judge = [&](ClassId source) {
    return evaluator.Judge({source, {}, "", false}, db, Protocol::kTcp, port).expectation;
  };
  EXPECT_EQ(judge(probe), Expectation::kAllow);
  EXPECT_EQ(judge(evaluator.Classify({"bank", {}, false, {}})), Expectation::kDeny);
  EXPECT_EQ(judge(evaluator.Classify({"new", {}, false, {}})), Expectation::kAllow)
      << "a namespace that the snapshot lacks has its name for a label, and no other";

  const auto host = evaluator.Classify({"bank", LabelsOf("role=probe"), true, {}});
  EXPECT_NE(host, probe);
  EXPECT_TRUE(evaluator.classes().back().host_network);
  EXPECT_EQ(judge(host), Expectation::kUnknown);
}

TEST(EvaluatorTest, ARelabelledPodOrNamespaceChangesItsClass) {
  const std::vector<NetworkPolicy> policies = {Policy("shop/p").In({Both("team=b", "app=api")})};
  auto snapshot = Shop(policies);
  const auto judge = [&] {
    const Evaluator evaluator(std::make_shared<const Snapshot>(snapshot), {});
    return Summary(JudgeLine(evaluator, "bank/api > shop/db TCP 80"));
  };
  EXPECT_EQ(judge(), "allow: shop/p spec.ingress[0].from[0]");
  snapshot.pods[3].labels["app"] = "other";
  EXPECT_EQ(judge(), "deny: shop/p");
  snapshot.pods[3].labels["app"] = "api";
  snapshot.namespaces[1].labels["team"] = "c";
  EXPECT_EQ(judge(), "deny: shop/p");
  snapshot.policy_documents.clear();
  EXPECT_EQ(judge(), "allow");
}

TEST(EvaluatorTest, WhatCouldNotBeListedIsNotEmpty) {
  const std::vector<NetworkPolicy> policies = {
      Policy("shop/p", "app=db").In({Pods("app=web")}, {"TCP 80"})};
  auto snapshot = Shop(policies);
  const auto judge = [&](SnapshotGap gap, const char* connection) {
    gap.reason = "forbidden";
    snapshot.gaps = {std::move(gap)};
    const Evaluator evaluator(std::make_shared<const Snapshot>(snapshot), {});
    return Summary(JudgeLine(evaluator, connection));
  };
  const auto unlisted = [](const char* group, const char* kind, const char* plural) {
    return SnapshotGap{GapKind::kUnlistedKind, {group, "", kind, "", ""}, "", "", plural, ""};
  };
  const auto one = [](GapKind kind, const char* group, const char* of, const char* ns) {
    return SnapshotGap{kind, {group, "v1", of, ns, "odd"}, "", "", "", ""};
  };
  constexpr const char* kGroup = "networking.k8s.io";
  const auto all = unlisted(kGroup, "NetworkPolicy", "networkpolicies");
  EXPECT_EQ(judge(all, "shop/web > bank/api TCP 80"), "unknown");
  EXPECT_EQ(judge(all, "bank/api > shop/db TCP 80"), "unknown");
  EXPECT_EQ(judge(all, "node n1 > lab/host TCP 80"), "allow");
  EXPECT_EQ(judge(unlisted("", "Service", "services"), "shop/web > bank/api TCP 80"), "allow");
  EXPECT_EQ(judge(unlisted("", "", ""), "shop/web > bank/api TCP 80"), "unknown");
  EXPECT_EQ(judge(unlisted("cilium.io", "", ""), "shop/web > bank/api TCP 80"), "unknown");
  EXPECT_EQ(judge(unlisted("cilium.io", "CiliumNode", "ciliumnodes"), "shop/web > bank/api TCP 80"),
            "allow");
  for (const auto kind : {GapKind::kUnreadableObject, GapKind::kLeftOut}) {
    const auto policy = one(kind, kGroup, "NetworkPolicy", "bank");
    EXPECT_EQ(judge(policy, "shop/web > bank/api TCP 80"), "unknown: bank/odd");
    EXPECT_EQ(judge(policy, "shop/web > lab/any TCP 80"), "allow");
  }
  EXPECT_EQ(judge(one(GapKind::kUnreadableObject, kGroup, "NetworkPolicy", ""),
                  "shop/web > lab/any TCP 80"),
            "unknown: odd; odd");
  EXPECT_EQ(judge(one(GapKind::kUnreadableObject, "", "Pod", "bank"), "shop/web > bank/api TCP 80"),
            "allow");
  EXPECT_EQ(judge(one(GapKind::kGivenTwice, kGroup, "NetworkPolicy", "bank"),
                  "shop/web > bank/api TCP 80"),
            "allow");
}

/// Kubernetes' NetworkPolicies can but allow, and what one of them allows no other closes. One of
/// Calico's may deny, before all others.
TEST(EvaluatorTest, AnUnreadablePolicyIsOfItsOwnGroup) {
  auto snapshot = Shop({Policy("bank/open").In()});
  const auto judge = [&](const char* group) {
    snapshot.gaps = {
        {GapKind::kUnreadableObject, {group, "v1", "NetworkPolicy", "bank", ""}, "", "", "", ""}};
    const Evaluator evaluator(std::make_shared<const Snapshot>(snapshot), {});
    return JudgeLine(evaluator, "shop/web > bank/api TCP 80").expectation;
  };
  EXPECT_EQ(judge("networking.k8s.io"), Expectation::kAllow);
  EXPECT_EQ(judge("crd.projectcalico.org"), Expectation::kUnknown);
}

}  // namespace
}  // namespace podreach
