#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace podreach::probe {

/// The text's printable ASCII, at most `most` characters of it.
[[nodiscard]] std::string Clean(std::string_view text, std::size_t most = 64);
/// What is between the first `begin` and the next `end` after it; nothing where one is missing.
[[nodiscard]] std::optional<std::string_view> Between(std::string_view text, std::string_view begin,
                                                      std::string_view end);
/// The string value of the first JSON member of this name, cleaned; empty where there is none. The
/// text may be cut anywhere.
[[nodiscard]] std::string JsonText(std::string_view text, std::string_view member);
[[nodiscard]] bool Contains(std::string_view text, std::string_view part);
/// The big-endian number in bytes [at, at + size); 0 beyond the end.
[[nodiscard]] std::uint32_t BigEndian(std::string_view bytes, std::size_t at, std::size_t size);

}  // namespace podreach::probe
