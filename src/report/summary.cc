#include <algorithm>
#include <map>

#include "report/fold.h"
#include "report/text.h"

namespace podreach {
namespace {

/// More missing ones with one reason than this are one line.
constexpr std::size_t kListed = 3;

std::string OfSome(const Share& share, const std::string& noun) {
  return Grouped(share.have) + " of " + Grouped(share.of) + " " + noun;
}

}  // namespace

std::string Percent(const Share& share) {
  const std::uint64_t tenths = share.of == 0 ? 0 : share.have * 1000 / share.of;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::vector<std::string> CoverageLines(const ScanRecord& record) {
  const Coverage& coverage = record.coverage;
  std::vector<std::string> lines;
  lines.push_back(Percent(coverage.cells) + " of " + Grouped(coverage.cells.of) +
                  " cells probed; " + OfSome(coverage.namespaces, "namespaces"));
  lines.push_back(OfSome(coverage.pods, "pods") + " of " + OfSome(coverage.workloads, "workloads") +
                  " were asked, from " + OfSome(coverage.vantages, "vantages"));
  if (!record.info.enumerated) {
    lines.emplace_back(
        "one pod of each policy class stands for the others; the next scans ask other pods");
  }
  std::string swept = "all 65,535 ports of " + OfSome(coverage.swept, "target groups");
  for (std::size_t i = 0; i < coverage.swept_next.size(); ++i)
    swept += (i == 0 ? "; next: " : ", ") + coverage.swept_next[i];
  lines.push_back(std::move(swept));
  if (!record.info.scope.empty()) lines.push_back("limited to " + record.info.scope);
  return lines;
}

std::vector<std::string> NotCoveredLines(const Coverage& coverage) {
  std::map<std::string, std::vector<std::string>> by_reason;
  std::vector<std::string> order;
  for (const RecordedMissing& missing : coverage.missing) {
    auto& names = by_reason[missing.reason];
    if (names.empty()) order.push_back(missing.reason);
    names.push_back(missing.what);
  }
  std::vector<std::string> lines;
  for (const std::string& reason : order) {
    const auto& names = by_reason[reason];
    if (names.size() <= kListed) {
      for (const std::string& name : names) lines.push_back(name + ": " + reason);
      continue;
    }
    std::string line;
    for (std::size_t i = 0; i < kListed; ++i) line += (i == 0 ? "" : ", ") + names[i];
    lines.push_back(line + " and " + Grouped(names.size() - kListed) + " more: " + reason);
  }
  return lines;
}

std::string Summary(const ScanRecord& record) {
  std::string text = Grouped(record.findings.size()) + " findings: ";
  for (auto severity = kSeverities.rbegin(); severity != kSeverities.rend(); ++severity) {
    const auto count = std::ranges::count(record.findings, *severity, &Finding::severity);
    text +=
        Grouped(static_cast<std::uint64_t>(count)) + " " + std::string(ToString(*severity)) + ", ";
  }
  return text.substr(0, text.size() - 2);
}

std::string VerdictCounts(const ScanRecord& record) {
  const auto counts = CountVerdicts(record);
  std::string text;
  for (const Verdict verdict : {Verdict::kLeak, Verdict::kBroken, Verdict::kUngoverned,
                                Verdict::kAsIntended, Verdict::kUnproven, Verdict::kUnknown}) {
    text += (text.empty() ? "" : ", ") + Grouped(counts.at(static_cast<std::size_t>(verdict))) +
            " " + std::string(ToString(verdict));
  }
  return text;
}

std::string PhaseTimes(const ScanRecord& record) {
  std::string text;
  for (const auto& [name, time] : record.info.phases) {
    const auto tenths = (time.count() + 50) / 100;
    text += (text.empty() ? "" : ", ") + name + " " + std::to_string(tenths / 10) + "." +
            std::to_string(tenths % 10) + " s";
  }
  return text;
}

}  // namespace podreach
