#include "kube/file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace podreach {

Result<std::string> ReadFile(const std::filesystem::path& file, std::string_view what) {
  constexpr std::size_t kMaxBytes = 16U << 20U;
  const auto failure = [&](ErrorKind kind, const char* problem) {
    return MakeError(kind, "read " + std::string(what) + " from " + file.string() + ": " + problem);
  };
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    const int error = errno;
    return failure(error == ENOENT ? ErrorKind::kNotFound : ErrorKind::kInvalidInput,
                   error != 0 ? std::strerror(error) : "can't be opened");
  }
  std::string text;
  char block[16384];
  while (stream.read(block, sizeof block) || stream.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMaxBytes) return failure(ErrorKind::kInvalidInput, "is above 16 MiB");
  }
  if (stream.bad()) return failure(ErrorKind::kInvalidInput, "can't be read");
  return text;
}

}  // namespace podreach
