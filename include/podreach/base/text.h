#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace podreach {

/// A character of UTF-8 text.
struct Rune {
  std::uint32_t code = 0;
  std::size_t length = 0;  ///< in bytes; 0: the byte at hand starts no valid sequence
};

/// The character at the start of `text`, which isn't empty (RFC 3629, section 3).
[[nodiscard]] Rune DecodeRune(std::string_view text);

/// Whether a character can make text lie on a terminal: control characters (C0, C1, DEL), those of
/// the bidirectional algorithm (Unicode Standard Annex 9), line separators, and what has no width:
/// joiners, soft hyphens, interlinear annotations, tags. Every output asks this one list.
[[nodiscard]] bool IsMisleading(std::uint32_t code);

/// Makes a stranger's text fit for a terminal and a log: misleading characters become spaces, bytes
/// that aren't UTF-8 become U+FFFD, and "..." ends what was longer than `max_bytes`.
[[nodiscard]] std::string CleanText(std::string_view text, std::size_t max_bytes);

/// Replaces each byte that isn't part of valid UTF-8 (RFC 3629) by U+FFFD.
[[nodiscard]] std::string ScrubUtf8(std::string_view text);

/// Percent-encodes everything but RFC 3986's unreserved characters and `keep`.
[[nodiscard]] std::string PercentEncode(std::string_view text, std::string_view keep = "");

/// Decodes base64 (RFC 4648, section 4); white space is skipped, padding may be missing. Nothing
/// for anything else.
[[nodiscard]] std::optional<std::string> DecodeBase64(std::string_view text);

/// Without white space at both ends.
[[nodiscard]] std::string_view Trim(std::string_view text);

}  // namespace podreach
