#include "report/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <set>

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
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

std::size_t Length(std::string_view plain) {
  return static_cast<std::size_t>(std::count_if(plain.begin(), plain.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// The bytes of the first `count` characters.
std::size_t BytesOf(std::string_view plain, std::size_t count) {
  std::size_t bytes = 0;
  while (bytes < plain.size() && count > 0) {
    ++bytes;
    while (bytes < plain.size() && (static_cast<unsigned char>(plain[bytes]) & 0xC0U) == 0x80U)
      ++bytes;
    --count;
  }
  return bytes;
}

std::string ColumnOf(const Target& target) {
  switch (target.kind) {
    case TargetKind::kPod:
    case TargetKind::kService:
    case TargetKind::kDns:
    case TargetKind::kProbe:
      return target.ns;
    case TargetKind::kNode:
    case TargetKind::kHostNetworkPod:
      return "(nodes)";
    case TargetKind::kControlPlane:
      return "(control plane)";
    case TargetKind::kMetadata:
      return "(metadata)";
    case TargetKind::kExternal:
      return "(outside)";
  }
  return "?";
}

char Glyph(const JudgedCell& cell) {
  switch (cell.verdict) {
    case Verdict::kLeak:
      return 'L';
    case Verdict::kBroken:
      return 'B';
    case Verdict::kUnproven:
      return '?';
    case Verdict::kUnknown:
      return cell.outcome == Outcome::kNotProbed ? '-' : 'u';
    case Verdict::kAsIntended:
      return cell.expectation == Expectation::kAllow ? '+' : '.';
  }
  return '?';
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
    if (!IsControl(point)) plain.append(text.substr(0, size));
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

std::string Fit(std::string_view text, std::size_t width) {
  std::string plain = Plain(text);
  if (Length(plain) <= width) return plain;
  plain.resize(BytesOf(plain, width > 3 ? width - 3 : 0));
  return plain + "...";
}

std::vector<std::string> Wrap(std::string_view text, std::size_t width) {
  std::string rest = Plain(text);
  std::vector<std::string> lines;
  while (Length(rest) > width) {
    const std::size_t limit = BytesOf(rest, width);
    const std::size_t space = rest.rfind(' ', limit);
    const std::size_t cut = space == std::string::npos || space == 0 ? limit : space;
    lines.push_back(rest.substr(0, cut));
    rest.erase(0, rest[cut] == ' ' ? cut + 1 : cut);
  }
  lines.push_back(std::move(rest));
  return lines;
}

FoldedMatrix Fold(const ScanReport& report) {
  static constexpr std::string_view kWorstFirst = "LB?-u.+";
  FoldedMatrix matrix;
  std::set<std::string> columns;
  for (const Target& target : report.plan.targets) columns.insert(ColumnOf(target));
  matrix.columns.assign(columns.begin(), columns.end());
  // Namespaces first, places in brackets after them.
  std::stable_partition(matrix.columns.begin(), matrix.columns.end(),
                        [](const std::string& c) { return !c.starts_with('('); });
  std::map<VantageId, std::size_t> rows;
  for (const Vantage& vantage : report.plan.vantages) {
    if (vantage.kind != VantageKind::kBare && vantage.kind != VantageKind::kTwin) continue;
    rows[vantage.id] = matrix.rows.size();
    matrix.rows.push_back(vantage.name);
  }
  std::map<std::string, std::size_t> column_index;
  for (std::size_t i = 0; i < matrix.columns.size(); ++i) column_index[matrix.columns[i]] = i;
  for (const JudgedCell& cell : report.cells) {
    const auto row = rows.find(cell.vantage);
    if (row == rows.end()) continue;
    const char glyph = Glyph(cell);
    auto [place, added] = matrix.glyphs.try_emplace(
        {row->second, column_index[ColumnOf(report.plan.targets[Index(cell.target)])]}, glyph);
    if (!added && kWorstFirst.find(glyph) < kWorstFirst.find(place->second)) place->second = glyph;
  }
  return matrix;
}

std::string Share(const Coverage& coverage) {
  const double share = coverage.cells == 0 ? 0
                                           : 100.0 * static_cast<double>(coverage.probed) /
                                                 static_cast<double>(coverage.cells);
  std::array<char, 16> text{};
  // Rounded down: 100.0 % is said of all alone.
  std::snprintf(text.data(), text.size(), "%.1f %%",
                static_cast<double>(static_cast<int>(share * 10)) / 10);
  return text.data();
}

std::string Summary(const ScanReport& report) {
  std::string counts;
  for (const Severity severity :
       {Severity::kCritical, Severity::kHigh, Severity::kMedium, Severity::kLow, Severity::kInfo}) {
    const auto count = std::count_if(report.findings.begin(), report.findings.end(),
                                     [&](const Finding& f) { return f.severity == severity; });
    if (count != 0)
      counts += (counts.empty() ? "" : ", ") + std::to_string(count) + " " +
                std::string(ToString(severity));
  }
  const auto leaks = std::count_if(report.cells.begin(), report.cells.end(),
                                   [](const JudgedCell& c) { return c.verdict == Verdict::kLeak; });
  return std::to_string(report.findings.size()) + " findings" +
         (counts.empty() ? "" : ": " + counts) + "; " + std::to_string(leaks) + " leaking cells";
}

}  // namespace podreach
