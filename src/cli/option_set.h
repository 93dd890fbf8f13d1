#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "podreach/base/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace podreach::cli {

/// Reads a value as a person writes it. An error's message says what the text is not, and its hint
/// how to write it.
template <class T>
using Parser = std::function<Result<T>(const std::string& text)>;

/// A word and what it stands for.
template <class T>
struct Word {
  std::string_view text;
  T value;
};

/// An option that was added, to say more of it. CLI11 stays out of the verbs' files: to read it
/// costs the compiler several seconds a file.
class AddedOption {
 public:
  explicit AddedOption(CLI::Option* option) : option_(option) {}

  /// What help calls the value: "FILE". An argument is called this as a whole.
  AddedOption& Called(const std::string& type);
  AddedOption& Required();
  /// One text may hold several values with this between them.
  AddedOption& SplitAt(char delimiter);

 private:
  friend class OptionSet;
  void Shown(const std::string& text);
  void MayRepeat();

  CLI::Option* option_;
};

/// The options of one verb. Each `names` is in CLI11's form: "-f,--format" for a flag, "source" for
/// an argument. A flag is also a variable, PODREACH_ and its first long name in capitals, and a key
/// of the config file. A value that can't be read ends the command with exit code 2; the message
/// says where the value came from. A default is shown in help where it isn't empty.
class OptionSet {
 public:
  explicit OptionSet(CLI::App& command) : command_(&command) {}

  /// A value of a type that `parse` reads, kept as it or as an optional. `shown` is the default as
  /// help shows it.
  template <class T, class Kept>
  AddedOption One(const std::string& names, Kept& value, const Parser<T>& parse,
                  const std::string& shown, const std::string& help) {
    AddedOption option =
        Add(names, help,
            [&value, parse](const CLI::Option& given, const std::vector<std::string>& texts) {
              auto read = parse(texts.front());
              if (!read) Refuse(given, texts.front(), read.error());
              value = *std::move(read);
            });
    option.Shown(shown);
    return option;
  }

  /// Several values: the flag may be repeated, or take several values at once.
  template <class T>
  AddedOption Many(const std::string& names, std::vector<T>& values, const Parser<T>& parse,
                   const std::string& help) {
    AddedOption option =
        Add(names, help,
            [&values, parse](const CLI::Option& given, const std::vector<std::string>& texts) {
              values.clear();
              for (const std::string& text : texts) {
                auto read = parse(text);
                if (!read) Refuse(given, text, read.error());
                values.push_back(*std::move(read));
              }
            });
    option.MayRepeat();
    return option;
  }

  AddedOption Text(const std::string& names, std::string& value, const std::string& help) {
    return One<std::string>(names, value, ReadText, value, help);
  }
  AddedOption Texts(const std::string& names, std::vector<std::string>& values,
                    const std::string& help) {
    return Many<std::string>(names, values, ReadText, help);
  }

  /// true where it is given. A variable and the config file say true or false, 1 or 0, on or off.
  AddedOption Flag(const std::string& names, bool& value, const std::string& help);

  /// One of a table's words. Help lists them.
  template <class T>
  AddedOption Choice(const std::string& names, T& value, std::vector<Word<T>> words,
                     const std::string& help) {
    std::string shown;
    std::string all;
    for (const Word<T>& word : words) {
      if (word.value == value) shown = word.text;
      all += (all.empty() ? "" : "|") + std::string(word.text);
    }
    const Parser<T> parse = [words = std::move(words), all](const std::string& text) -> Result<T> {
      for (const Word<T>& word : words) {
        if (word.text == text) return word.value;
      }
      return NoneOf(text, all);
    };
    AddedOption option = One<T>(names, value, parse, shown, help);
    option.Called(all);
    return option;
  }

  /// A whole number from `least` to `most`.
  template <std::unsigned_integral T>
  AddedOption Number(const std::string& names, T& value, std::type_identity_t<T> least,
                     std::type_identity_t<T> most, const std::string& help) {
    const Parser<T> parse = [least, most](const std::string& text) -> Result<T> {
      const auto number = ReadNumber(text, least, most);
      if (!number) return number.error();
      return static_cast<T>(*number);
    };
    AddedOption option = One<T>(names, value, parse, std::to_string(value), help);
    option.Called("NUMBER");
    return option;
  }
  AddedOption Percent(const std::string& names, double& value, const std::string& help);

  /// A time: "600ms", "1500ms", "2s", "5m", "1h". A number alone is in the unit of `Time`, which is
  /// milliseconds or seconds.
  template <class Time>
  AddedOption Duration(const std::string& names, Time& value, std::type_identity_t<Time> least,
                       std::type_identity_t<Time> most, const std::string& help) {
    using std::chrono::duration_cast;
    using Milliseconds = std::chrono::milliseconds;
    const Parser<Time> parse = [least, most](const std::string& text) -> Result<Time> {
      const auto time = ReadTime(text, Milliseconds(Time(1)), least, most);
      if (!time) return time.error();
      return duration_cast<Time>(*time);
    };
    AddedOption option = One<Time>(names, value, parse, TimeText(value), help);
    option.Called("TIME");
    return option;
  }

 private:
  using Take = std::function<void(const CLI::Option&, const std::vector<std::string>&)>;
  AddedOption Add(const std::string& names, const std::string& help, const Take& take);
  [[noreturn]] static void Refuse(const CLI::Option& option, const std::string& text,
                                  const Error& error);
  [[nodiscard]] static Result<std::string> ReadText(const std::string& text);
  [[nodiscard]] static Error NoneOf(const std::string& text, const std::string& words);
  [[nodiscard]] static Result<std::uint64_t> ReadNumber(const std::string& text,
                                                        std::uint64_t least, std::uint64_t most);
  [[nodiscard]] static Result<std::chrono::milliseconds> ReadTime(const std::string& text,
                                                                  std::chrono::milliseconds unit,
                                                                  std::chrono::milliseconds least,
                                                                  std::chrono::milliseconds most);
  [[nodiscard]] static std::string TimeText(std::chrono::milliseconds time);

  CLI::App* command_;
};

/// The variable that stands for a flag: "--pod-cidr" has PODREACH_POD_CIDR.
[[nodiscard]] std::string VariableOf(std::string_view long_name);

}  // namespace podreach::cli
