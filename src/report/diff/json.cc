#include <memory>
#include <ostream>

#include "podreach/report/diff_writer.h"
#include "podreach/report/formats.h"
#include "report/json_text.h"
#include "report/ports_json.h"
#include "report/rules_json.h"

namespace podreach::diff_formats::json {
namespace {

using Json = nlohmann::ordered_json;

/// Schema podreach.io/diff/v1.
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
    json["before"] = RulesJson(change.before);
    json["after"] = RulesJson(change.after);
    out_ << (any_ ? ",\n  " : "\n  ") << JsonText(json);
    any_ = true;
  }
  void End(const MatrixDiff& diff) override {
    out_ << (any_ ? "\n ]" : "]") << ",\n \"added\": " << JsonText(diff.added)
         << ",\n \"removed\": " << JsonText(diff.removed) << "}\n";
  }

 private:
  std::ostream& out_;
  bool any_ = false;
};

std::unique_ptr<DiffWriter> Write(std::ostream& out) { return std::make_unique<DiffJson>(out); }

}  // namespace

DiffFormat Make() { return {"json", "json", "is podreach.io/diff/v1", Write}; }

}  // namespace podreach::diff_formats::json
