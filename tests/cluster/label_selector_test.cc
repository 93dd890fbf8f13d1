#include "podreach/cluster/label_selector.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

using Operator = LabelRequirement::Operator;

struct Case {
  LabelSelector selector;
  Labels labels;
  bool matches;
  const char* text;
};

TEST(LabelSelectorTest, MatchesAsTheApiDocumentsIt) {
  const LabelRequirement app{"app", Operator::kIn, {"web"}};
  const LabelRequirement tiers{"tier", Operator::kIn, {"a", "b"}};
  const LabelRequirement not_tiers{"tier", Operator::kNotIn, {"a", "b"}};
  const LabelRequirement has_tier{"tier", Operator::kExists, {}};
  const LabelRequirement no_tier{"tier", Operator::kDoesNotExist, {}};
  const std::vector<Case> cases = {
      {{}, {}, true, "<all>"},
      {{}, {{"app", "web"}}, true, "<all>"},
      {{{app}}, {{"app", "web"}}, true, "app=web"},
      {{{app}}, {{"app", "Web"}}, false, "app=web"},
      {{{app}}, {{"App", "web"}}, false, "app=web"},
      {{{app}}, {}, false, "app=web"},
      {{{tiers}}, {{"tier", "b"}}, true, "tier in (a,b)"},
      {{{tiers}}, {{"tier", "c"}}, false, "tier in (a,b)"},
      {{{tiers}}, {}, false, "tier in (a,b)"},
      {{{not_tiers}}, {{"tier", "b"}}, false, "tier notin (a,b)"},
      {{{not_tiers}}, {{"tier", "c"}}, true, "tier notin (a,b)"},
      {{{not_tiers}}, {}, true, "tier notin (a,b)"},
      {{{has_tier}}, {{"tier", ""}}, true, "tier"},
      {{{has_tier}}, {}, false, "tier"},
      {{{no_tier}}, {{"tier", ""}}, false, "!tier"},
      {{{no_tier}}, {}, true, "!tier"},
      {{{app, no_tier}}, {{"app", "web"}}, true, "app=web,!tier"},
      {{{app, no_tier}}, {{"app", "web"}, {"tier", "a"}}, false, "app=web,!tier"},
      {{{app, tiers}}, {{"tier", "a"}}, false, "app=web,tier in (a,b)"},
      {{{has_tier, no_tier}}, {{"tier", "a"}}, false, "tier,!tier"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.selector.Matches(c.labels), c.matches) << c.text;
    EXPECT_EQ(c.selector.ToString(), c.text);
    EXPECT_EQ(c.selector.empty(), c.selector.requirements.empty());
  }
}

}  // namespace
}  // namespace podreach
