#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/log.h"
#include "cli/record_output.h"
#include "podreach/base/text.h"
#include "podreach/record/record_json.h"

namespace podreach::cli::report_command {
namespace {

/// A record of a cluster of 100,000 pods takes a tenth of it.
constexpr std::size_t kLargest = std::size_t{1} << 30U;

Result<std::string> ReadAll(const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) {
      return MakeError(ErrorKind::kInvalidInput, CleanText(file, 200) + " can't be read",
                       "give a file that `podreach scan -o json=FILE` wrote, or - for stdin");
    }
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::string text;
  std::string part(std::size_t{1} << 20U, '\0');
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0) {
    text.append(part, 0, static_cast<std::size_t>(in.gcount()));
    if (text.size() > kLargest) {
      return MakeError(ErrorKind::kInvalidInput,
                       CleanText(file, 200) + " is larger than any record: over 1 GiB");
    }
  }
  return text;
}

class Report final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "report"; }
  [[nodiscard]] std::string_view help() const override {
    return "Shows the record of a scan in another format, without a cluster.";
  }
  [[nodiscard]] std::string_view footer() const override {
    return "A record is what `podreach scan -f json` writes.\n\n"
           "Exit codes: 0 it is shown; 2 wrong usage, or a file that is no record; 3 an error.";
  }
  void AddOptions(OptionSet& options) override {
    options.Text("record", record_, "The file with the record; - is stdin.")
        .Required()
        .Called("RECORD");
    AddScanOutputs(options, format_, outputs_);
  }

  [[nodiscard]] int Run() override {
    const auto text = ReadAll(record_);
    if (!text) return Fail(text.error());
    const auto record = ReadRecord(*text);
    if (!record) {
      Error error = record.error();
      error.kind = ErrorKind::kInvalidInput;
      return Fail(error);
    }
    if (auto written = WriteOutputs(*record, format_, outputs_); !written)
      return Fail(written.error());
    return kNothing;
  }

 private:
  std::string record_;
  std::string format_ = "table";
  std::vector<ScanOutput> outputs_;
};

}  // namespace

std::unique_ptr<Command> Make() { return std::make_unique<Report>(); }

}  // namespace podreach::cli::report_command
