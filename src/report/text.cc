#include "report/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace podreach {
namespace {

/// The length of the valid UTF-8 sequence at the start (RFC 3629), and its code point; 0 where
/// there is none.
std::pair<std::size_t, std::uint32_t> Decode(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {1, first};
  const std::size_t size = first >= 0xF0 && first < 0xF5 ? 4
                           : first >= 0xE0               ? 3
                           : first >= 0xC2               ? 2
                                                         : 0;
  if (size == 0 || first >= 0xF5 || text.size() < size) return {0, 0};
  std::uint32_t point = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {0, 0};
    point = (point << 6U) | (byte(i) & 0x3FU);
  }
  static constexpr std::array<std::uint32_t, 5> kLowest = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kLowest[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
    return {0, 0};
  return {size, point};
}

/// Controls of terminals and of the bidirectional algorithm (Unicode Standard Annex 9), which can
/// make text lie.
bool IsControl(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x061C ||
         (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0x00AD || point == 0x180E ||
         point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB) ||
         (point >= 0xE0000 && point <= 0xE007F);
}

/// Wide and emoji ranges (Unicode Standard Annex 11), taken generously: a line may be too short,
/// never too long.
bool IsWide(std::uint32_t point) {
  return (point >= 0x1100 && point <= 0x115F) || (point >= 0x2300 && point <= 0x27BF) ||
         (point >= 0x2B00 && point <= 0x2BFF) || (point >= 0x2E80 && point <= 0xA4CF) ||
         (point >= 0xA960 && point <= 0xA97F) || (point >= 0xAC00 && point <= 0xD7A3) ||
         (point >= 0xF900 && point <= 0xFAFF) || (point >= 0xFE10 && point <= 0xFE6F) ||
         (point >= 0xFF00 && point <= 0xFFE6) || point >= 0x16FE0;
}

/// The bytes of the longest start that takes at most `columns`; of one character at least.
std::size_t BytesOf(std::string_view plain, std::size_t columns) {
  std::size_t bytes = 0;
  std::size_t used = 0;
  while (bytes < plain.size()) {
    const auto [size, point] = Decode(plain.substr(bytes));
    used += IsWide(point) ? 2 : 1;
    if (used > columns && bytes > 0) break;
    bytes += std::max<std::size_t>(size, 1);
  }
  return bytes;
}

}  // namespace

std::string Plain(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const auto [size, point] = Decode(text);
    if (size == 0) {
      plain += '?';
      text.remove_prefix(1);
      continue;
    }
    if (point == '\n' || point == '\r' || point == '\t') {
      plain += ' ';
    } else if (!IsControl(point)) {
      plain.append(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  return plain;
}

std::string Html(std::string_view text) {
  std::string html;
  for (const char c : Plain(text)) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::size_t Columns(std::string_view plain) {
  std::size_t columns = 0;
  while (!plain.empty()) {
    const auto [size, point] = Decode(plain);
    columns += IsWide(point) ? 2 : 1;
    plain.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return columns;
}

std::string Fit(std::string_view text, std::size_t width) {
  std::string plain = Plain(text);
  if (Columns(plain) <= width) return plain;
  plain.resize(BytesOf(plain, width > 3 ? width - 3 : 0));
  return plain + "...";
}

std::string Padded(std::string_view text, std::size_t width) {
  std::string fitted = Fit(text, width);
  const std::size_t columns = Columns(fitted);
  if (columns < width) fitted.append(width - columns, ' ');
  return fitted;
}

std::vector<std::string> Wrap(std::string_view text, std::size_t width) {
  const std::string plain = Plain(text);
  std::string_view rest = plain;
  std::vector<std::string> lines;
  for (std::size_t limit = BytesOf(rest, width); limit < rest.size();
       limit = BytesOf(rest, width)) {
    const std::size_t space = rest.rfind(' ', limit);
    const std::size_t cut = space == std::string_view::npos || space == 0 ? limit : space;
    lines.emplace_back(rest.substr(0, cut));
    rest.remove_prefix(rest[cut] == ' ' ? cut + 1 : cut);
  }
  lines.emplace_back(rest);
  return lines;
}

std::string Grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

}  // namespace podreach
