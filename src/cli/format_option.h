#pragma once

#include <string>
#include <string_view>
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

/// The formats of one document as help tells of them.
struct FormatChoice {
  std::string help;  ///< "How the result is written: csv is ...; json is ..."
  std::vector<std::string_view> names;
};

/// `what` is what is written, as a sentence without its end: "How the result is written".
template <class AnyFormat>
[[nodiscard]] FormatChoice ChoiceOf(const std::vector<AnyFormat>& formats,
                                    const std::string& what) {
  FormatChoice choice{what, {}};
  for (const AnyFormat& format : formats) {
    choice.help += choice.names.empty() ? ": " : "; ";
    choice.help += std::string(format.name) + " " + std::string(format.help);
    choice.names.push_back(format.name);
  }
  return choice;
}

/// -f: the name of a format of one of the documents that the verb may write.
void AddFormat(OptionSet& options, std::string& name, const std::vector<FormatChoice>& choices);

}  // namespace podreach::cli
