#include "podreach/cluster/problem.h"

#include <algorithm>

#include "podreach/base/text.h"

namespace podreach {
namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::size_t kLongestPath = 512;

}  // namespace

void Problems::Add(std::string_view path, std::string_view what) {
  Problem problem{CleanText(path, kLongestPath), std::string(what)};
  if (std::ranges::find(problems_, problem) != problems_.end()) return;
  if (problems_.size() < kMostProblems) {
    problems_.push_back(std::move(problem));
  } else {
    ++left_off_;
  }
}

std::vector<Problem> Problems::All() const {
  std::vector<Problem> all = problems_;
  if (left_off_ > 0) all.push_back({"", "and " + std::to_string(left_off_) + " more"});
  return all;
}

std::string Problems::Joined() const {
  std::string joined;
  for (const Problem& problem : All()) joined += (joined.empty() ? "" : "; ") + problem.ToString();
  return joined;
}

}  // namespace podreach
