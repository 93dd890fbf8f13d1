#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "podreach/base/result.h"
#include "podreach/kube/kubeconfig.h"

namespace podreach {

/// The bearer token in use: a fixed one, or a file's that is read again when the server has refused
/// it, for the kubelet replaces bound tokens at 80 % of their life. Thread-safe.
class TokenSource {
 public:
  /// Reads the token file where there is one.
  [[nodiscard]] static Result<std::string> Load(const ClusterAccess& access);

  TokenSource(std::filesystem::path file, std::string token)
      : file_(std::move(file)), token_(std::move(token)) {}

  [[nodiscard]] std::string Current() const;
  /// Whether another token than the `refused` one is at hand now: the file's new content, or what
  /// another thread has read meanwhile.
  [[nodiscard]] bool RefreshAfter(std::string_view refused);

 private:
  const std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::string token_;  // guarded by mutex_
};

}  // namespace podreach
