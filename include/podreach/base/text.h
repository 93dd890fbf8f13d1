#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace podreach {

/// Makes a stranger's text fit for a terminal and a log: control characters (C0, C1, DEL) and
/// bidirectional overrides become spaces, bytes that aren't UTF-8 become U+FFFD, and "..." ends
/// what was longer than `max_bytes`.
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
