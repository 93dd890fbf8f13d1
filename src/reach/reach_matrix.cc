#include "podreach/reach/reach_matrix.h"

#include <algorithm>
#include <array>
#include <utility>

namespace podreach {

std::string_view ToString(NotProbed why) {
  switch (why) {
    case NotProbed::kNone:
      return "";
    case NotProbed::kNoReport:
      return "no-report";
    case NotProbed::kNoResponder:
      return "no-responder";
    case NotProbed::kTargetMoved:
      return "target-moved";
    case NotProbed::kGroundChanged:
      return "ground-changed";
    case NotProbed::kUnconfirmed:
      return "unconfirmed";
  }
  return "?";
}

std::optional<NotProbed> ParseNotProbed(std::string_view word) {
  for (const NotProbed why :
       {NotProbed::kNone, NotProbed::kNoReport, NotProbed::kNoResponder, NotProbed::kTargetMoved,
        NotProbed::kGroundChanged, NotProbed::kUnconfirmed}) {
    if (ToString(why) == word) return why;
  }
  return std::nullopt;
}

ReachMatrix::ReachMatrix(std::size_t vantages) : rows_(vantages) {}

std::uint32_t ReachMatrix::Intern(const Observation& seen) {
  // Cells come in runs that are alike.
  if (last_ < known_.size() && known_[last_] == seen) return last_;
  const auto [entry, added] =
      number_of_.try_emplace(seen, static_cast<std::uint32_t>(known_.size()));
  if (added) known_.push_back(seen);
  return last_ = entry->second;
}

void ReachMatrix::SetRow(VantageId vantage, TargetList targets, NotProbed why) {
  Row& row = rows_.at(Index(vantage));
  row = {};
  row.targets = std::move(targets);
  if (row.targets == nullptr) return;
  row.palette = {Intern({.why = why})};
  row.byte_of = {{row.palette.front(), 0}};
  row.cells.assign(row.targets->size(), 0);
}

void ReachMatrix::Extend(VantageId vantage, TargetList targets, NotProbed why) {
  Row& row = rows_.at(Index(vantage));
  if (row.targets == nullptr) {
    SetRow(vantage, std::move(targets), why);
    return;
  }
  const std::size_t before = row.cells.size();
  row.targets = std::move(targets);
  row.cells.resize(row.targets->size());
  Fill(vantage, before, row.cells.size() - before, {.why = why});
}

std::span<const TargetId> ReachMatrix::targets(VantageId vantage) const {
  const Row& row = rows_.at(Index(vantage));
  return row.targets == nullptr ? std::span<const TargetId>() : *row.targets;
}

const Observation& ReachMatrix::At(VantageId vantage, std::size_t position) const {
  const Row& row = rows_.at(Index(vantage));
  const std::uint8_t byte = row.cells.at(position);
  if (byte != kElsewhere) return known_[row.palette[byte]];
  return known_[row.elsewhere.at(static_cast<std::uint32_t>(position))];
}

void ReachMatrix::Fill(VantageId vantage, std::size_t first, std::size_t count,
                       const Observation& seen) {
  Row& row = rows_.at(Index(vantage));
  if (first >= row.cells.size()) return;
  count = std::min(count, row.cells.size() - first);
  const std::uint32_t number = Intern(seen);
  auto known = row.byte_of.find(number);
  if (known == row.byte_of.end() && row.palette.size() < kElsewhere) {
    known = row.byte_of.emplace(number, static_cast<std::uint8_t>(row.palette.size())).first;
    row.palette.push_back(number);
  }
  const std::uint8_t byte = known == row.byte_of.end() ? kElsewhere : known->second;
  std::fill_n(row.cells.begin() + static_cast<std::ptrdiff_t>(first), count, byte);
  const auto from = static_cast<std::uint32_t>(first);
  const auto to = static_cast<std::uint32_t>(first + count);
  if (!row.elsewhere.empty())
    row.elsewhere.erase(row.elsewhere.lower_bound(from), row.elsewhere.lower_bound(to));
  if (byte != kElsewhere) return;
  for (std::uint32_t position = from; position < to; ++position) row.elsewhere[position] = number;
}

void ReachMatrix::Drop(VantageId vantage) { rows_.at(Index(vantage)) = {}; }

}  // namespace podreach
