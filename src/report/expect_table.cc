#include "podreach/report/expect_writer.h"
#include "report/text.h"

namespace podreach {
namespace {

class ExpectTable final : public ExpectWriter {
 public:
  explicit ExpectTable(std::ostream& out) : out_(out) {}
  void Pair(const std::string& source, const std::string& destination,
            const IntendedConnection& connection) override {
    out_ << Plain(source) << " -> " << Plain(destination);
    if (const std::string ports = PortsText(connection.ports); !ports.empty())
      out_ << "  " << ports;
    if (!connection.because.empty()) out_ << "  unknown: " << Plain(connection.because);
    out_ << '\n';
  }

 private:
  std::ostream& out_;
};

}  // namespace

std::string PortsText(const std::array<PortSet, 3>& by_protocol) {
  std::string text;
  bool all = true;
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    const PortSet& ports = by_protocol[static_cast<std::size_t>(protocol)];
    all = all && ports == PortSet::All();
    if (ports.empty()) continue;
    text += (text.empty() ? "" : "; ") + std::string(ToString(protocol)) + " " +
            (ports == PortSet::All() ? std::string("all") : ports.ToString());
  }
  return all ? "all" : text;
}

std::unique_ptr<ExpectWriter> MakeExpectTable(std::ostream& out) {
  return std::make_unique<ExpectTable>(out);
}

}  // namespace podreach
