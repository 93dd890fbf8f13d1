#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace podreach {

/// A TCP or UDP port number, 1 to 65535; port 0 is never one (RFC 6335, section 6).
class Port {
 public:
  /// Gives nothing for 0.
  [[nodiscard]] static constexpr std::optional<Port> From(std::uint16_t number) {
    if (number == 0) return std::nullopt;
    return Port(number);
  }
  /// Parses decimal digits alone; gives nothing for anything else or out of range.
  [[nodiscard]] static std::optional<Port> Parse(std::string_view text);

  [[nodiscard]] constexpr std::uint16_t number() const { return number_; }
  friend constexpr auto operator<=>(Port, Port) = default;

 private:
  explicit constexpr Port(std::uint16_t number) : number_(number) {}
  std::uint16_t number_;
};

}  // namespace podreach
