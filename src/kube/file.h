#pragma once

#include <filesystem>
#include <string>

#include "podreach/base/result.h"

namespace podreach {

/// A whole file of at most 16 MiB; a pipe will do. `what` says what it is for in an error: "the CA
/// of cluster lab".
[[nodiscard]] Result<std::string> ReadFile(const std::filesystem::path& file,
                                           std::string_view what);

}  // namespace podreach
