#include "cli/option_set.h"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdlib>

#include "cli/config_file.h"
#include "podreach/base/text.h"

namespace podreach::cli {
namespace {

constexpr std::size_t kShownBytes = 64;  ///< of a value in a message

std::string Quoted(std::string_view text) { return "\"" + CleanText(text, kShownBytes) + "\""; }

struct Unit {
  std::string_view name;
  std::chrono::milliseconds length;
};
constexpr std::array<Unit, 4> kUnits = {{{"h", std::chrono::hours(1)},
                                         {"m", std::chrono::minutes(1)},
                                         {"s", std::chrono::seconds(1)},
                                         {"ms", std::chrono::milliseconds(1)}}};

/// Where the value of an option was written: the flag itself, its variable, or the config file.
std::string PlaceOf(const CLI::Option& option, const std::string& text) {
  if (const auto place = ConfigFile::PlaceOf(option)) return *place;
  const std::string& variable = option.get_envname();
  const char* in_variable = variable.empty() ? nullptr : std::getenv(variable.c_str());
  if (in_variable != nullptr && std::string_view(in_variable).find(text) != std::string::npos)
    return option.get_name() + " by the variable " + variable;
  return option.get_name();
}

}  // namespace

std::string VariableOf(std::string_view long_name) {
  std::string variable = "PODREACH_";
  for (const char c : long_name) {
    const bool letter = c >= 'a' && c <= 'z';
    variable += letter ? static_cast<char>(c - 'a' + 'A') : c == '-' ? '_' : c;
  }
  return variable;
}

AddedOption& AddedOption::Called(const std::string& type) {
  option_->type_name(type);
  return *this;
}

AddedOption& AddedOption::Required() {
  option_->required();
  return *this;
}

AddedOption& AddedOption::SplitAt(char delimiter) {
  option_->delimiter(delimiter);
  return *this;
}

void AddedOption::Shown(const std::string& text) { option_->default_str(text); }

void AddedOption::MayRepeat() { option_->expected(CLI::detail::expected_max_vector_size); }

AddedOption OptionSet::Add(const std::string& names, const std::string& help, const Take& take) {
  // The option is known only after it was made, and its callback runs later.
  const auto self = std::make_shared<const CLI::Option*>(nullptr);
  auto* option = command_->add_option(
      names,
      [take, self](const CLI::results_t& texts) {
        take(**self, texts);
        return true;
      },
      help);
  *self = option;
  option->type_name("TEXT");
  if (!option->get_lnames().empty()) option->envname(VariableOf(option->get_lnames().front()));
  return AddedOption(option);
}

AddedOption OptionSet::Flag(const std::string& names, bool& value, const std::string& help) {
  auto* option = command_->add_flag(names, value, help);
  option->envname(VariableOf(option->get_lnames().front()));
  return AddedOption(option);
}

AddedOption OptionSet::Percent(const std::string& names, double& value, const std::string& help) {
  const Parser<double> parse = [](const std::string& text) -> Result<double> {
    double percent = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
    if (error == std::errc() && end == text.data() + text.size() && percent >= 0 && percent <= 100)
      return percent;
    return MakeError(ErrorKind::kInvalidInput, Quoted(text) + " is not a percentage",
                     "write a number from 0 to 100");
  };
  AddedOption option = One<double>(names, value, parse, CLI::detail::to_string(value), help);
  option.Called("PERCENT");
  return option;
}

void OptionSet::Refuse(const CLI::Option& option, const std::string& text, const Error& error) {
  throw CLI::ValidationError(PlaceOf(option, text) + ": " + error.ToString());
}

Result<std::string> OptionSet::ReadText(const std::string& text) { return text; }

Error OptionSet::NoneOf(const std::string& text, const std::string& words) {
  return MakeError(ErrorKind::kInvalidInput, Quoted(text) + " is not one of its words",
                   "write one of " + words);
}

Result<std::uint64_t> OptionSet::ReadNumber(const std::string& text, std::uint64_t least,
                                            std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && number >= least && number <= most) return number;
  return MakeError(
      ErrorKind::kInvalidInput, Quoted(text) + " is not a number that fits",
      "write a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

Result<std::chrono::milliseconds> OptionSet::ReadTime(const std::string& text,
                                                      std::chrono::milliseconds unit,
                                                      std::chrono::milliseconds least,
                                                      std::chrono::milliseconds most) {
  const auto fail = [&] {
    return MakeError(ErrorKind::kInvalidInput, Quoted(text) + " is not a time that fits",
                     "write a time from " + TimeText(least) + " to " + TimeText(most) +
                         ", a whole number with ms, s, m or h");
  };
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return fail();
  auto length = unit;
  if (const std::string_view name(end, text.data() + text.size()); !name.empty()) {
    length = std::chrono::milliseconds(0);
    for (const Unit& known : kUnits) {
      if (name == known.name) length = known.length;
    }
    // An option that counts seconds takes no part of one.
    if (length < unit) return fail();
  }
  const auto time = number * length;
  if (time < least || time > most) return fail();
  return time;
}

std::string OptionSet::TimeText(std::chrono::milliseconds time) {
  for (const Unit& unit : kUnits) {
    if (time.count() != 0 && time % unit.length == std::chrono::milliseconds(0))
      return std::to_string(time / unit.length) + std::string(unit.name);
  }
  return "0s";
}

}  // namespace podreach::cli
