#include "cli/record_output.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/format_option.h"
#include "cli/output_file.h"
#include "podreach/base/text.h"
#include "podreach/report/formats.h"

namespace podreach::cli {
namespace {

/// A person at a terminal sees colours, unless he says otherwise (no-color.org).
Colour ColourOfStdout() {
  const char* term = std::getenv("TERM");
  const bool wanted = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr &&
                      term != nullptr && std::string_view(term) != "dumb";
  return wanted ? Colour::kOn : Colour::kOff;
}

Result<ScanOutput> ReadOutput(const std::string& text) {
  const auto equals = text.find('=');
  const std::string format = text.substr(0, equals);
  if (equals != std::string::npos && equals + 1 < text.size() &&
      FindFormat(ScanFormats(), format) != nullptr)
    return ScanOutput{format, text.substr(equals + 1)};
  return MakeError(ErrorKind::kInvalidInput, CleanText(text, 64) + " is not FORMAT=FILE",
                   "write it like json=report.json; FORMAT is " + NamesOf(ScanFormats()));
}

}  // namespace

void AddScanOutputs(OptionSet& options, std::string& format, std::vector<ScanOutput>& outputs) {
  AddFormat(options, format, {ChoiceOf(ScanFormats(), "What goes to stdout")});
  options
      .Many<ScanOutput>("-o,--output", outputs, ReadOutput,
                        "Write the report to this file as well, in this format. It may be "
                        "repeated.")
      .Called("FORMAT=FILE");
}

Result<void> WriteOutputs(const ScanRecord& record, const std::string& format,
                          const std::vector<ScanOutput>& outputs) {
  Result<void> done = {};
  FindFormat(ScanFormats(), format)->write(record, ColourOfStdout(), std::cout);
  if (!std::cout.flush())
    done = MakeError(ErrorKind::kUnavailable, "writing the report to stdout failed");
  for (const ScanOutput& output : outputs) {
    const auto write = [&](std::ostream& out) {
      FindFormat(ScanFormats(), output.format)->write(record, Colour::kOff, out);
    };
    auto written = WriteTo(output.file, write, Readers::kOwner);
    if (!written && done) done = std::move(written);
  }
  return done;
}

}  // namespace podreach::cli
