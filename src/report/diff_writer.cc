#include "podreach/report/diff_writer.h"

#include <nlohmann/json.hpp>

#include "podreach/report/expect_writer.h"
#include "report/ports_json.h"
#include "report/text.h"

namespace podreach {
namespace {

using Json = nlohmann::ordered_json;

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

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Json JsonOf(const std::vector<DecidingRule>& rules) {
  Json list = Json::array();
  for (const auto& rule : rules) {
    Json entry{
        {"direction", rule.direction == DecidingRule::Direction::kIngress ? "ingress" : "egress"},
        {"text", rule.text}};
    if (!rule.policy.empty()) entry["policy"] = rule.policy;
    if (!rule.field.empty()) entry["field"] = rule.field;
    if (!rule.place.empty()) entry["place"] = rule.place;
    list.push_back(std::move(entry));
  }
  return list;
}

class DiffJson final : public DiffWriter {
 public:
  explicit DiffJson(std::ostream& out) : out_(out) {}

  void Begin() override {
    out_ << R"({"schema": "podreach.io/diff/v1",)"
         << "\n \"changes\": [";
  }
  void Change(const ChangedConnection& change) override {
    Json json{{"source", change.source}, {"destination", change.destination}};
    const auto add = [&](const char* key, const std::array<PortSet, 3>& ports) {
      if (auto list = PortsJson(ports); !list.empty()) json[key] = std::move(list);
    };
    add("opens", change.opens);
    add("closes", change.closes);
    add("mayOpen", change.may_open);
    add("mayClose", change.may_close);
    if (!change.because.empty()) json["because"] = change.because;
    json["before"] = JsonOf(change.before);
    json["after"] = JsonOf(change.after);
    out_ << (any_ ? ",\n  " : "\n  ") << Dump(json);
    any_ = true;
  }
  void End(const MatrixDiff& diff) override {
    out_ << (any_ ? "\n ]" : "]") << ",\n \"added\": " << Dump(diff.added)
         << ",\n \"removed\": " << Dump(diff.removed) << "}\n";
  }

 private:
  std::ostream& out_;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<DiffWriter> MakeDiffTable(std::ostream& out) {
  return std::make_unique<DiffTable>(out);
}

std::unique_ptr<DiffWriter> MakeDiffJson(std::ostream& out) {
  return std::make_unique<DiffJson>(out);
}

}  // namespace podreach
