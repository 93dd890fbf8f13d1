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
  void Begin() override {
    out_ << R"({"schema": "podreach.io/expect/v1",)"
         << "\n \"connections\": [";
  }
  void Pair(const std::string& source, const std::string& destination,
            const IntendedConnection& connection) override {
    Json ports = Json::array();
    for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
      for (const PortRange& range : connection.ports[static_cast<std::size_t>(protocol)].ranges()) {
        ports.push_back({{"protocol", ToString(protocol)},
                         {"first", range.first.number()},
                         {"last", range.last.number()}});
      }
    }
    if (!ports.empty()) {
      out_ << (any_ ? ",\n  " : "\n  ")
           << Dump({{"source", source}, {"destination", destination}, {"ports", ports}});
      any_ = true;
    }
    if (!connection.because.empty()) {
      unknown_.push_back(Dump(
          {{"source", source}, {"destination", destination}, {"because", connection.because}}));
    }
  }
  void End() override {
    out_ << (any_ ? "\n ]" : "]") << ",\n \"unknown\": [";
    for (std::size_t i = 0; i < unknown_.size(); ++i)
      out_ << (i > 0 ? ",\n  " : "\n  ") << unknown_[i];
    out_ << (unknown_.empty() ? "]}" : "\n ]}") << '\n';
  }

 private:
  std::ostream& out_;
  bool any_ = false;
  std::vector<std::string> unknown_;
};

}  // namespace

std::unique_ptr<ExpectWriter> MakeExpectJson(std::ostream& out) {
  return std::make_unique<ExpectJson>(out);
}

}  // namespace podreach
