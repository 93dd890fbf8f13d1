#pragma once

#include <fstream>
#include <functional>
#include <string>

#include "podreach/base/result.h"
#include "sockets.h"

namespace podreach::probe {

/// Keeps the results of a sweep as they come, so that one that was stopped goes on where it ended.
/// The first line says what is swept, each other one is a port that ended; a last line without its
/// end, as a kill leaves it, is dropped.
class ResumeFile {
 public:
  using Each = std::function<void(const Endpoint&, const Verdict&)>;

  /// Opens or makes the file; gives `each` what is in it already. An Error where it can't be
  /// written, or belongs to another sweep.
  [[nodiscard]] static Result<ResumeFile> Open(const std::string& path, const std::string& sweep,
                                               const Each& each);
  void Add(const Endpoint& target, const Verdict& verdict);
  void Flush() { file_.flush(); }
  /// Whether everything could be written.
  [[nodiscard]] bool good() const { return file_.good(); }

 private:
  explicit ResumeFile(std::ofstream file) : file_(std::move(file)) {}
  std::ofstream file_;
};

}  // namespace podreach::probe
