#include "cli/config_file.h"

#include <cstdlib>
#include <map>
#include <sstream>

#include "podreach/base/text.h"

namespace podreach::cli {
namespace {

constexpr std::size_t kShownBytes = 64;  ///< of a key in a message

/// Where each option of the running command has its value from; only those of a config file.
std::map<const CLI::Option*, std::string>& Places() {
  static std::map<const CLI::Option*, std::string> places;
  return places;
}

/// The number of the line on which a key of a section stands, as ":3"; empty where it isn't found.
/// CLI11's items don't know it.
std::string LineOf(const std::string& text, const std::string& section, const std::string& key) {
  std::istringstream lines(text);
  std::string line;
  std::string current;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    const std::string_view trimmed = Trim(line);
    if (trimmed.starts_with('[') && trimmed.ends_with(']')) {
      current = Trim(trimmed.substr(1, trimmed.size() - 2));
      if (current == section && key.empty()) return ":" + std::to_string(number);
      continue;
    }
    const std::string_view name = Trim(trimmed.substr(0, trimmed.find('=')));
    if (current == section && !key.empty() && name == key) return ":" + std::to_string(number);
  }
  return {};
}

const CLI::App* VerbInUse(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? nullptr : parsed.front();
}

const CLI::App* VerbNamed(const CLI::App& app, const std::string& name) {
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    if (verb->get_name() == name) return verb;
  }
  return nullptr;
}

/// A flag of a verb that a file may set.
const CLI::Option* FlagOf(const CLI::App& verb, const std::string& key) {
  const CLI::Option* option = verb.get_option_no_throw("--" + key);
  return option != nullptr && option->get_configurable() ? option : nullptr;
}

bool HasVariable(const CLI::Option& option) {
  const char* value =
      option.get_envname().empty() ? nullptr : std::getenv(option.get_envname().c_str());
  return value != nullptr && *value != '\0';
}

/// Sections and keys of a file, held against the verbs.
class Reader {
 public:
  Reader(const CLI::App& app, std::string file, std::string text)
      : app_(app), verb_(*VerbInUse(app)), file_(std::move(file)), text_(std::move(text)) {}

  void Take(const CLI::ConfigItem& item) {
    if (item.name == "++" || item.name == "--") {  // CLI11's marks of a section's ends
      const auto section = CLI::detail::join(item.parents, ".");
      if (VerbNamed(app_, section) == nullptr)
        Refuse(section, "", "the section [" + Shown(section) + "] is no verb's");
      return;
    }
    if (item.parents.empty()) {
      const CLI::Option* option = FlagOf(verb_, item.name);
      if (option != nullptr) return Give(item, *option, "", for_all_);
      for (const CLI::App* verb : app_.get_subcommands(nullptr)) {
        if (FlagOf(*verb, item.name) != nullptr) return;
      }
      Refuse("", item.name, "no verb has a flag --" + Shown(item.name));
    }
    const auto section = CLI::detail::join(item.parents, ".");
    const CLI::App* verb = VerbNamed(app_, section);
    if (verb == nullptr) Refuse(section, "", "the section [" + Shown(section) + "] is no verb's");
    const CLI::Option* option = FlagOf(*verb, item.name);
    if (option == nullptr)
      Refuse(section, item.name, section + " has no flag --" + Shown(item.name));
    if (verb == &verb_) Give(item, *option, section, for_verb_);
  }

  /// CLI11 keeps the first value of an option, so a verb's own come first.
  [[nodiscard]] std::vector<CLI::ConfigItem> Items() && {
    for_verb_.insert(for_verb_.end(), for_all_.begin(), for_all_.end());
    return std::move(for_verb_);
  }

 private:
  static std::string Shown(const std::string& text) { return CleanText(text, kShownBytes); }

  [[noreturn]] void Refuse(const std::string& section, const std::string& key,
                           const std::string& why) const {
    const std::string hint =
        "a section is a verb, a key a flag's long name; `podreach VERB --help` lists them";
    throw CLI::FileError("config file " + file_ + LineOf(text_, section, key) + ": " + why +
                         "\n  " + hint);
  }

  void Give(CLI::ConfigItem item, const CLI::Option& option, const std::string& section,
            std::vector<CLI::ConfigItem>& items) {
    if (option.count() > 0 || HasVariable(option)) return;
    Places().try_emplace(
        &option, "config file " + file_ + LineOf(text_, section, item.name) + ": " + item.name);
    item.parents = {verb_.get_name()};
    items.push_back(std::move(item));
  }

  const CLI::App& app_;
  const CLI::App& verb_;
  const std::string file_;
  const std::string text_;
  std::vector<CLI::ConfigItem> for_verb_;
  std::vector<CLI::ConfigItem> for_all_;
};

}  // namespace

std::vector<CLI::ConfigItem> ConfigFile::from_config(std::istream& input) const {
  const CLI::App* verb = VerbInUse(*app_);
  // Help is given whatever the file says.
  if (verb == nullptr || verb->get_help_ptr()->count() > 0) return {};
  const std::string text{std::istreambuf_iterator<char>(input), {}};
  Reader reader(*app_, app_->get_config_ptr()->as<std::string>(), text);
  std::istringstream again(text);
  for (const CLI::ConfigItem& item : CLI::ConfigBase::from_config(again)) reader.Take(item);
  return std::move(reader).Items();
}

std::optional<std::string> ConfigFile::PlaceOf(const CLI::Option& option) {
  const auto known = Places().find(&option);
  if (known == Places().end()) return std::nullopt;
  return known->second;
}

}  // namespace podreach::cli
