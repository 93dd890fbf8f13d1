#include "wire/vlq.h"

#include <cstddef>

namespace podreach::wire {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint32_t kMore = 32;
constexpr unsigned kMostBits = 30;

std::optional<std::uint32_t> DigitOf(char c) {
  if ('A' <= c && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if ('a' <= c && c <= 'z') return static_cast<std::uint32_t>(c - 'a') + 26U;
  if ('0' <= c && c <= '9') return static_cast<std::uint32_t>(c - '0') + 52U;
  if (c == '-') return 62U;
  if (c == '_') return 63U;
  return std::nullopt;
}

}  // namespace

void AppendVlq(std::string& text, std::uint32_t number) {
  for (; number >= kMore; number >>= 5U) text += kAlphabet[number % kMore + kMore];
  text += kAlphabet[number];
}

std::optional<std::uint32_t> CutVlq(std::string_view& text) {
  std::uint32_t number = 0;
  unsigned shift = 0;
  for (std::size_t i = 0; i < text.size() && shift < kMostBits; ++i, shift += 5U) {
    const auto digit = DigitOf(text[i]);
    if (!digit) return std::nullopt;
    number |= (*digit % kMore) << shift;
    if (*digit >= kMore) continue;
    if (*digit == 0 && i > 0) return std::nullopt;
    text.remove_prefix(i + 1);
    return number;
  }
  return std::nullopt;
}

}  // namespace podreach::wire
