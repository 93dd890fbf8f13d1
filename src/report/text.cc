#include "report/text.h"

#include <algorithm>
#include <cstdint>

#include "podreach/base/text.h"

namespace podreach {
namespace {

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
    const Rune rune = DecodeRune(plain.substr(bytes));
    used += IsWide(rune.code) ? 2 : 1;
    if (used > columns && bytes > 0) break;
    bytes += std::max<std::size_t>(rune.length, 1);
  }
  return bytes;
}

}  // namespace

std::string Plain(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (rune.length == 0) {
      plain += '?';
      text.remove_prefix(1);
      continue;
    }
    if (rune.code == '\n' || rune.code == '\r' || rune.code == '\t') {
      plain += ' ';
    } else if (!IsMisleading(rune.code)) {
      plain.append(text.substr(0, rune.length));
    }
    text.remove_prefix(rune.length);
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
    const Rune rune = DecodeRune(plain);
    columns += IsWide(rune.code) ? 2 : 1;
    plain.remove_prefix(std::max<std::size_t>(rune.length, 1));
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
