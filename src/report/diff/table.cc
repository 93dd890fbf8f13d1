#include <memory>
#include <ostream>

#include "podreach/report/diff_writer.h"
#include "podreach/report/formats.h"
#include "report/ports_text.h"
#include "report/text.h"

namespace podreach::diff_formats::table {
namespace {

/// "+ shop/web[Deployment] -> shop/db[StatefulSet]  TCP 5432", what decided before and after below
/// it; "+" opens, "-" closes, "?+" and "?-" may. The last line counts.
class DiffTable final : public DiffWriter {
 public:
  explicit DiffTable(std::ostream& out) : out_(out) {}

  void Change(const ChangedConnection& change) override {
    opens_ += Say("+ ", change, change.opens);
    closes_ += Say("- ", change, change.closes);
    const auto may = Say("?+", change, change.may_open) + Say("?-", change, change.may_close);
    may_ += may;
    if (may > 0) out_ << "      unknown: " << Plain(change.because) << '\n';
    Say("before: ", change.before);
    Say("after:  ", change.after);
  }

  void End(const MatrixDiff& diff) override {
    for (const auto& name : diff.added) out_ << "new workload: " << Plain(name) << '\n';
    for (const auto& name : diff.removed) out_ << "workload gone: " << Plain(name) << '\n';
    out_ << Grouped(opens_) << " open, " << Grouped(closes_) << " close, " << Grouped(may_)
         << " may change, of pairs of workloads and ranges of addresses\n";
  }

 private:
  /// How many lines.
  std::size_t Say(const char* sign, const ChangedConnection& change,
                  const std::array<PortSet, 3>& ports) {
    const auto text = PortsText(ports);
    if (text.empty()) return 0;
    out_ << sign << ' ' << Plain(change.source) << " -> " << Plain(change.destination) << "  "
         << text << '\n';
    return 1;
  }
  void Say(const char* when, const std::vector<DecidingRule>& rules) {
    for (const auto& rule : rules) out_ << "      " << when << Plain(rule.TextWithPlace()) << '\n';
  }

  std::ostream& out_;
  std::size_t opens_ = 0;
  std::size_t closes_ = 0;
  std::size_t may_ = 0;
};

std::unique_ptr<DiffWriter> Write(std::ostream& out) { return std::make_unique<DiffTable>(out); }

}  // namespace

DiffFormat Make() { return {"table", "txt", "is a line for each change and what decided", Write}; }

}  // namespace podreach::diff_formats::table
