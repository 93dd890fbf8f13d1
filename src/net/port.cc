#include "podreach/net/port.h"

#include <charconv>

namespace podreach {

std::optional<Port> Port::Parse(std::string_view text) {
  std::uint16_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return From(number);
}

}  // namespace podreach
