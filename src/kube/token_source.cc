#include "kube/token_source.h"

#include <algorithm>

#include "kube/file.h"
#include "podreach/base/text.h"

namespace podreach {
namespace {

Result<std::string> CheckToken(std::string_view text) {
  const std::string_view token = Trim(text);
  // Anything else would end the header and start the next one.
  if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7F; })) {
    return MakeError(ErrorKind::kInvalidInput, "the bearer token has characters that no token has",
                     "make a new one with `kubectl create token`");
  }
  return std::string(token);
}

}  // namespace

Result<std::string> TokenSource::Load(const ClusterAccess& access) {
  if (access.token_file.empty()) return CheckToken(access.token);
  auto text = ReadFile(access.token_file, "the bearer token");
  if (text.has_error()) {
    Error error = std::move(text).error();
    error.kind = ErrorKind::kInvalidInput;
    return error;
  }
  return CheckToken(*text);
}

std::string TokenSource::Current() const {
  const std::scoped_lock lock(mutex_);
  return token_;
}

bool TokenSource::RefreshAfter(std::string_view refused) {
  const std::scoped_lock lock(mutex_);
  if (token_ != refused) return true;
  if (file_.empty()) return false;
  ClusterAccess access;
  access.token_file = file_;
  auto fresh = Load(access);
  if (fresh.has_error() || fresh->empty() || *fresh == token_) return false;
  token_ = *std::move(fresh);
  return true;
}

}  // namespace podreach
