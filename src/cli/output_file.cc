#include "cli/output_file.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/signals.h"

namespace podreach::cli {
namespace {

Result<void> WriteToStdout(const std::function<void(std::ostream&)>& write) {
  write(std::cout);
  std::cout.flush();
  if (std::cout) return {};
  return MakeError(ErrorKind::kUnavailable, "writing to stdout failed");
}

Result<void> WriteToDevice(const std::string& file,
                           const std::function<void(std::ostream&)>& write) {
  std::ofstream device(file, std::ios::binary);
  write(device);
  device.close();
  if (device) return {};
  return MakeError(ErrorKind::kInvalidInput, "writing " + file + " failed",
                   "name a file, or a pipe that somebody reads");
}

}  // namespace

Result<void> WriteTo(const std::string& file, const std::function<void(std::ostream&)>& write,
                     Readers readers) {
  if (file.empty()) return WriteToStdout(write);
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored) && !std::filesystem::is_regular_file(file, ignored))
    return WriteToDevice(file, write);
  const std::string part = file + ".part";
  const UnfinishedFile unfinished(part);
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  std::error_code error;
  if (readers == Readers::kOwner) {
    using std::filesystem::perms;
    std::filesystem::permissions(part, perms::owner_read | perms::owner_write, error);
  }
  write(out);
  out.close();
  if (out) std::filesystem::rename(part, file, error);
  if (out && !error) return {};
  std::filesystem::remove(part, error);
  return MakeError(ErrorKind::kInvalidInput, "writing " + file + " failed",
                   "see that its folder exists, is writable and has room");
}

void AddOutput(OptionSet& options, std::string& file) {
  options.Text("-o,--output", file, "Write the result to this file instead of stdout.")
      .Called("FILE");
}

}  // namespace podreach::cli
