#include <nlohmann/json.hpp>
#include <vector>

#include "podreach/report/expect_writer.h"

namespace podreach {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

class ExpectJson final : public ExpectWriter {
 public:
  explicit ExpectJson(std::ostream& out) : out_(out) {}
  void Begin() override { out_ << R"({"schema": "podreach.io/expect/v1",)" << '\n'; }
  void Class(const std::string& name, std::size_t pods,
             const std::vector<std::string>& workloads) override {
    out_ << (any_class_ ? ",\n  " : " \"classes\": [\n  ")
         << Dump({{"name", name}, {"pods", pods}, {"workloads", workloads}});
    any_class_ = true;
  }
  void Pair(const std::string& source, const std::string& destination,
            const IntendedConnection& connection) override {
    BeginConnections();
    const std::string ends =
        R"({"source":)" + Dump(source) + R"(,"destination":)" + Dump(destination);
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
    if (!connection.because.empty())
      unknown_.push_back(ends + R"(,"because":)" + Dump(connection.because) + "}");
  }
  void End() override {
    BeginConnections();
    out_ << (any_ ? "\n ]" : "]") << ",\n \"unknown\": [";
    for (std::size_t i = 0; i < unknown_.size(); ++i)
      out_ << (i > 0 ? ",\n  " : "\n  ") << unknown_[i];
    out_ << (unknown_.empty() ? "]}" : "\n ]}") << '\n';
  }

 private:
  void BeginConnections() {
    if (!begun_) out_ << (any_class_ ? "\n ],\n" : "") << " \"connections\": [";
    begun_ = true;
  }

  std::ostream& out_;
  bool any_class_ = false;
  bool begun_ = false;
  bool any_ = false;
  std::vector<std::string> unknown_;
};

}  // namespace

std::unique_ptr<ExpectWriter> MakeExpectJson(std::ostream& out) {
  return std::make_unique<ExpectJson>(out);
}

}  // namespace podreach
