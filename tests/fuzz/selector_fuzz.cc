// Calico's selector language on anything: it refuses or reads; what it reads matches the same
// labels when it is denied twice, and never the same when it is denied once.
#include <algorithm>
#include <cstdlib>

#include "policy/dialects/support/calico_selector.h"

namespace {

using podreach::Labels;
using podreach::policy::AnySelector;

bool Matches(const AnySelector& selector, const Labels& labels) {
  return std::any_of(selector.begin(), selector.end(),
                     [&](const podreach::LabelSelector& term) { return term.Matches(labels); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto read = podreach::policy::ParseCalicoSelector(text);
  if (!read) return 0;
  for (const auto& term : *read) (void)term.ToString();
  if (text.find_first_not_of(" \t\r\n\v\f") == std::string::npos) return 0;  // "!()" is no selector
  const auto denied = podreach::policy::ParseCalicoSelector("!(" + text + ")");
  const auto twice = podreach::policy::ParseCalicoSelector("!(!(" + text + "))");
  for (const Labels& labels : {Labels{}, Labels{{"app", "web"}}, Labels{{"app", "a"}, {"b", "web"}},
                               Labels{{"a", "b"}, {":global", ""}}}) {
    const bool matches = Matches(*read, labels);
    if (denied && Matches(*denied, labels) == matches) std::abort();
    if (twice && Matches(*twice, labels) != matches) std::abort();
  }
  return 0;
}
