#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "podreach/base/result.h"

namespace podreach::wire {

inline constexpr std::size_t kMaxWrittenLine = 8192;  ///< newline included
inline constexpr std::size_t kMaxReadLine = 16384;    ///< newline not included
/// What a payload may take of a written line: the fields before it need 132 bytes at most.
inline constexpr std::size_t kMaxPayload = kMaxWrittenLine - 192;

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
[[nodiscard]] std::uint32_t Crc32c(std::string_view bytes);

struct Frame {
  std::uint32_t sequence = 0;
  std::uint32_t checksum = 0;
  std::string_view payload;  ///< of the line it was read from
};

/// PODREACH1 <scan> <nonce> <sequence> <payload bytes> <checksum> <payload>, and a newline.
[[nodiscard]] std::string EncodeFrame(std::string_view scan, std::string_view nonce,
                                      std::uint32_t sequence, std::string_view payload);

/// Reads a line without its newline. Nothing where it is no frame of this scan and nonce; an Error
/// (kCorrupt) where it begins as one and isn't whole.
[[nodiscard]] Result<std::optional<Frame>> DecodeFrame(std::string_view line, std::string_view scan,
                                                       std::string_view nonce);

}  // namespace podreach::wire
