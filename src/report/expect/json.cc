#include <memory>
#include <ostream>
#include <vector>

#include "podreach/report/expect_writer.h"
#include "podreach/report/formats.h"
#include "report/json_text.h"

namespace podreach::expect_formats::json {
namespace {

class ExpectJson final : public ExpectWriter {
 public:
  explicit ExpectJson(std::ostream& out) : out_(out) {}
  void Begin() override { out_ << R"({"schema": "podreach.io/expect/v1",)" << '\n'; }
  void Class(const std::string& name, std::size_t pods,
             const std::vector<std::string>& workloads) override {
    out_ << (any_class_ ? ",\n  " : " \"classes\": [\n  ")
         << JsonText({{"name", name}, {"pods", pods}, {"workloads", workloads}});
    any_class_ = true;
  }
  void Pair(const std::string& source, const std::string& destination,
            const IntendedConnection& connection) override {
    BeginConnections();
    const std::string ends =
        R"({"source":)" + JsonText(source) + R"(,"destination":)" + JsonText(destination);
    std::string ports;
    for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
      for (const PortRange& range : connection.ports[static_cast<std::size_t>(protocol)].ranges()) {
        ports += ports.empty() ? R"({"protocol":")" : R"(,{"protocol":")";
        ports += ToString(protocol);
        ports += R"(","first":)" + std::to_string(range.first.number());
        ports += R"(,"last":)" + std::to_string(range.last.number()) + "}";
      }
    }
    if (!ports.empty()) {
      out_ << (any_ ? ",\n  " : "\n  ") << ends << R"(,"ports":[)" << ports << "]}";
      any_ = true;
    }
    goes_again_ = goes_again_ || !connection.because.empty();
  }
  [[nodiscard]] bool GoesAgain() const override { return goes_again_; }
  void Again(const std::string& source, const std::string& destination,
             const IntendedConnection& connection) override {
    if (connection.because.empty()) return;
    BeginUnknown();
    out_ << (any_unknown_ ? ",\n  " : "\n  ") << R"({"source":)" << JsonText(source)
         << R"(,"destination":)" << JsonText(destination) << R"(,"because":)"
         << JsonText(connection.because) << '}';
    any_unknown_ = true;
  }
  void End() override {
    BeginUnknown();
    out_ << (any_unknown_ ? "\n ]}" : "]}") << '\n';
  }

 private:
  void BeginConnections() {
    if (!begun_) out_ << (any_class_ ? "\n ],\n" : "") << " \"connections\": [";
    begun_ = true;
  }

  void BeginUnknown() {
    if (unknown_begun_) return;
    unknown_begun_ = true;
    BeginConnections();
    out_ << (any_ ? "\n ]" : "]") << ",\n \"unknown\": [";
  }

  std::ostream& out_;
  bool any_class_ = false;
  bool begun_ = false;
  bool any_ = false;
  bool goes_again_ = false;
  bool unknown_begun_ = false;
  bool any_unknown_ = false;
};

std::unique_ptr<ExpectWriter> Write(std::ostream& out) { return std::make_unique<ExpectJson>(out); }

}  // namespace

ExpectFormat Make() { return {"json", "json", "is podreach.io/expect/v1", Write}; }

}  // namespace podreach::expect_formats::json
