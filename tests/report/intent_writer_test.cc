#include <gtest/gtest.h>

#include <sstream>

#include "podreach/report/formats.h"
#include "podreach/report/intent_document.h"

namespace podreach {
namespace {

using Direction = DecidingRule::Direction;

IntentBreach Breach(const std::string& source, const std::string& destination, bool unknown,
                    std::vector<DecidingRule> rules) {
  IntentBreach breach{0, unknown, source, destination, {}, std::move(rules)};
  breach.ports[0].Add(*Port::From(2379));
  return breach;
}

const DecidingRule kOpen{Direction::kEgress, "", "", "no policy selects it for egress"};
const DecidingRule kRule{Direction::kIngress, "a/p", "spec.ingress[0]", "allowed by a/p",
                         "p.yaml:3"};

TEST(IntentWriterTest, WhatNoPolicyGovernsIsTakenTogetherByDestination) {
  const std::vector<Intent> intents{
      {"no-etcd", IntentAction::kDeny, {}, {}, {}, "why", "team", "high"}};
  IntentReport report;
  report.breaches = {Breach("a/x[Pod]", "a node", false, {kOpen, kOpen}),
                     Breach("a/y[Pod]", "a node", false, {kOpen, kRule}),
                     Breach("a/z[Pod]", "a node", false, {kOpen}),
                     Breach("a/z[Pod]", "b/w[Pod]", false, {kOpen}),
                     Breach("a/v[Pod]", "a node", true, {kOpen}),
                     Breach("a/u[Pod]", "a node", false, {})};
  std::ostringstream out;
  FindFormat(IntentsFormats(), "table")->write({intents, {}, report}, out);
  EXPECT_EQ(out.str(), R"(broken  high  no-etcd, deny: why [team]
  broken   2 sources -> a node  TCP 2379, which no policy governs
           a/x[Pod], a/z[Pod]
  broken   a/y[Pod] -> a node  TCP 2379
           no policy selects it for egress
           allowed by a/p (p.yaml:3)
  broken   a/z[Pod] -> b/w[Pod]  TCP 2379, which no policy governs
  broken   a/u[Pod] -> a node  TCP 2379
  unknown  a/v[Pod] -> a node  TCP 2379
           no policy selects it for egress
1 broken, 0 unknown, 0 hold
)");
}

TEST(IntentWriterTest, ManyPairsAreCountedNotListed) {
  const std::vector<Intent> intents{{"no-etcd", IntentAction::kDeny, {}, {}, {}, "", "", "low"}};
  IntentReport report;
  for (int i = 0; i < 25; ++i)
    report.breaches.push_back(Breach("a/p" + std::to_string(i), "a/db", false, {kRule}));
  for (int i = 0; i < 25; ++i)
    report.breaches.push_back(Breach("a/q" + std::to_string(i), "a node", false, {kOpen}));
  std::ostringstream out;
  FindFormat(IntentsFormats(), "table")->write({intents, {}, report}, out);
  EXPECT_NE(out.str().find("a/p19 -> a/db"), std::string::npos) << out.str();
  EXPECT_EQ(out.str().find("a/p20 -> a/db"), std::string::npos);
  EXPECT_NE(out.str().find("... and 30 more"), std::string::npos) << out.str();
}

}  // namespace
}  // namespace podreach
