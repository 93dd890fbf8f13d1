#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/option_set.h"
#include "podreach/base/result.h"
#include "podreach/report/formats.h"

namespace podreach::cli {

/// "csv, json or table".
template <class AnyFormat>
[[nodiscard]] std::string NamesOf(const std::vector<AnyFormat>& formats) {
  std::string names;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    names += i == 0 ? "" : i + 1 == formats.size() ? " or " : ", ";
    names += formats[i].name;
  }
  return names;
}

/// -f: one of a document's formats by its name. `what` is what is written, with a verb: "How the
/// result is written". Help says a line of each format.
template <class AnyFormat>
void AddFormat(OptionSet& options, std::string& name, const std::vector<AnyFormat>& formats,
               const std::string& what) {
  std::vector<Word<std::string>> words;
  std::string help = what;
  for (const AnyFormat& format : formats) {
    words.push_back({format.name, std::string(format.name)});
    help += (words.size() == 1 ? ": " : "; ") + std::string(format.name) + " " +
            std::string(format.help);
  }
  options.Choice<std::string>("-f,--format", name, std::move(words), help + ".");
}

}  // namespace podreach::cli
