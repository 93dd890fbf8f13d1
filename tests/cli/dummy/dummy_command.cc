// A verb with one option of each sort. It stands for the next verb that somebody adds: one file,
// and nothing else of the project knows it. It prints what it was given.
#include <iostream>
#include <optional>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/log.h"
#include "podreach/base/severity.h"

namespace podreach::cli::dummy_command {
namespace {

Result<char> ReadLetter(const std::string& text) {
  if (text.size() == 1) return text.front();
  return MakeError(ErrorKind::kInvalidInput, "not a letter: " + text, "write a");
}

class Dummy final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "dummy"; }
  [[nodiscard]] std::string_view help() const override { return "Prints its options."; }
  [[nodiscard]] std::string_view footer() const override { return "It has no exit codes."; }

  void AddOptions(OptionSet& options) override {
    options.Text("--name", name_, "A text.");
    options.Texts("--names", names_, "Several texts.").SplitAt(',');
    options.Flag("--on", on_, "A switch.");
    options.Choice<Severity>("--level", level_,
                             {{"low", Severity::kLow}, {"high", Severity::kHigh}}, "A word.");
    options.Number<std::uint32_t>("--count", count_, 1, 65535, "A number.");
    options.Percent("--share", share_, "A percentage.");
    options.Duration("--brief", brief_, std::chrono::milliseconds(0),
                     std::chrono::milliseconds(600000), "A time.");
    options.Duration("--long", long_, std::chrono::seconds(1), std::chrono::seconds(3600),
                     "A time.");
    options.One<char>("letter", letter_, ReadLetter, "", "A letter.").Called("LETTER");
  }

  [[nodiscard]] int Run() override {
    std::cout << "name=" << name_ << " names=";
    for (const std::string& name : names_) std::cout << name << ';';
    std::cout << " on=" << on_ << " level=" << ToString(level_) << " count=" << count_
              << " share=" << share_ << " brief=" << brief_.count() << "ms long=" << long_.count()
              << "s letter=" << letter_.value_or('-') << '\n';
    LogDebug("a detail");
    LogInfo("progress of\x1b[31m somebody\nelse");
    LogWarning("a warning");
    if (name_ == "fail") return Fail(MakeError(ErrorKind::kUnavailable, "it failed", "try again"));
    return kNothing;
  }

 private:
  std::string name_ = "nobody";
  std::vector<std::string> names_;
  bool on_ = false;
  Severity level_ = Severity::kLow;
  std::uint32_t count_ = 7;
  double share_ = 0;
  std::chrono::milliseconds brief_{250};
  std::chrono::seconds long_{60};
  std::optional<char> letter_;
};

}  // namespace

std::unique_ptr<Command> Make() { return std::make_unique<Dummy>(); }

}  // namespace podreach::cli::dummy_command
