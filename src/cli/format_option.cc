#include "cli/format_option.h"

#include <algorithm>
#include <utility>

namespace podreach::cli {

void AddFormat(OptionSet& options, std::string& name, const std::vector<FormatChoice>& choices) {
  std::vector<Word<std::string>> words;
  std::string help;
  for (const FormatChoice& choice : choices) {
    help += (help.empty() ? "" : " ") + choice.help + ".";
    for (const std::string_view format : choice.names) {
      if (std::ranges::find(words, format, &Word<std::string>::text) == words.end())
        words.push_back({format, std::string(format)});
    }
  }
  options.Choice<std::string>("-f,--format", name, std::move(words), help);
}

}  // namespace podreach::cli
