#include <charconv>

#include "podreach/record/scan_record.h"

namespace podreach {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Reads a number at the front of `text`, and takes it off; false where there is none.
bool TakeNumber(std::string_view& text, std::uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool TakeKind(std::string_view& text, std::uint32_t& kind) {
  if (const auto letter = kLetters.find(text.front()); letter != std::string_view::npos) {
    kind = static_cast<std::uint32_t>(letter);
    text.remove_prefix(1);
    return true;
  }
  if (text.front() != '(') return false;
  text.remove_prefix(1);
  if (!TakeNumber(text, kind) || text.empty() || text.front() != ')') return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

void CellRuns::Add(std::uint32_t kind) {
  if (count_ > 0 && kind == kind_) {
    ++count_;
    return;
  }
  Flush();
  kind_ = kind;
  count_ = 1;
}

void CellRuns::Flush() const {
  if (count_ == 0) return;
  text_ +=
      kind_ < kLetters.size() ? std::string(1, kLetters[kind_]) : "(" + std::to_string(kind_) + ")";
  if (count_ > 1) text_ += std::to_string(count_);
  count_ = 0;
}

const std::string& CellRuns::text() const {
  Flush();
  return text_;
}

bool CellRuns::ForEach(
    const std::function<void(std::uint32_t kind, std::uint32_t count)>& give) const {
  std::string_view rest = text();
  while (!rest.empty()) {
    std::uint32_t kind = 0;
    std::uint32_t count = 1;
    if (!TakeKind(rest, kind)) return false;
    const bool counted = !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
    if (counted && (!TakeNumber(rest, count) || count == 0)) return false;
    give(kind, count);
  }
  return true;
}

void ForEachCell(const ScanRecord& record, VantageId vantage,
                 const std::function<void(const RecordedCell&)>& give) {
  const auto& row = record.vantages[Index(vantage)].row;
  if (!row) return;
  const std::vector<TargetId>& targets = record.asks[row->ask];
  std::size_t position = 0;
  auto run = row->evidence.begin();
  row->cells.ForEach([&](std::uint32_t kind, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i, ++position) {
      while (run != row->evidence.end() && run->first + run->count <= position) ++run;
      const bool has = run != row->evidence.end() && run->first <= position;
      give({vantage, targets[position], &record.kinds[kind],
            has ? &record.evidence[run->evidence] : nullptr});
    }
  });
}

void ForEachCell(const ScanRecord& record, const std::function<void(const RecordedCell&)>& give) {
  for (std::size_t i = 0; i < record.vantages.size(); ++i)
    ForEachCell(record, VantageId{static_cast<std::uint32_t>(i)}, give);
}

std::array<std::uint64_t, kVerdicts.size()> CountVerdicts(const ScanRecord& record) {
  std::array<std::uint64_t, kVerdicts.size()> counts{};
  for (const RecordedVantage& vantage : record.vantages) {
    if (!vantage.row) continue;
    vantage.row->cells.ForEach([&](std::uint32_t kind, std::uint32_t count) {
      counts.at(static_cast<std::size_t>(record.kinds[kind].verdict)) += count;
    });
  }
  return counts;
}

}  // namespace podreach
