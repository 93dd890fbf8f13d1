#include "podreach/base/result.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

TEST(ErrorTest, SaysItsHintOnALineOfItsOwn) {
  EXPECT_EQ(MakeError(ErrorKind::kNotFound, "no context x", "contexts there: a").ToString(),
            "no context x\n  contexts there: a");
  EXPECT_EQ(MakeError(ErrorKind::kNotFound, "no context x").ToString(), "no context x");
}

TEST(ErrorTest, ContextGoesBeforeTheMessageAndChangesNothingElse) {
  const Error error = WithContext(MakeError(ErrorKind::kForbidden, "may not", "ask"), "list pods");
  EXPECT_EQ(error.message, "list pods: may not");
  EXPECT_EQ(error.kind, ErrorKind::kForbidden);
  EXPECT_EQ(error.hint, "ask");
}

TEST(ResultTest, AskingAFailureForItsValueThrowsItsMessage) {
  const Result<int> failed = MakeError(ErrorKind::kInternal, "broken");
  try {
    (void)failed.value();
    FAIL() << "no exception";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("broken"), std::string::npos);
  }
}

}  // namespace
}  // namespace podreach
