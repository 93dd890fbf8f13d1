#include <memory>
#include <ostream>

#include "podreach/report/expect_writer.h"
#include "podreach/report/formats.h"

namespace podreach::expect_formats::csv {
namespace {

/// RFC 4180: quoted where it must be. A text that a spreadsheet would take for a formula gets a
/// quote before it.
std::string Cell(const std::string& text) {
  std::string clean;
  for (const char c : text) clean += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  if (!clean.empty() && std::string_view("=+-@").find(clean.front()) != std::string_view::npos)
    clean.insert(0, "'");
  if (clean.find_first_of(",\"") == std::string::npos) return clean;
  std::string quoted = "\"";
  for (const char c : clean) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

class ExpectCsv final : public ExpectWriter {
 public:
  explicit ExpectCsv(std::ostream& out) : out_(out) {}
  void Begin() override { out_ << "source,destination,protocol,first,last,unknown\r\n"; }
  void Pair(const std::string& source, const std::string& destination,
            const IntendedConnection& connection) override {
    const std::string ends = Cell(source) + "," + Cell(destination) + ",";
    for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
      for (const PortRange& range : connection.ports[static_cast<std::size_t>(protocol)].ranges()) {
        out_ << ends << ToString(protocol) << ',' << range.first.number() << ','
             << range.last.number() << ",\r\n";
      }
    }
    if (!connection.because.empty()) out_ << ends << ",,," << Cell(connection.because) << "\r\n";
  }

 private:
  std::ostream& out_;
};

std::unique_ptr<ExpectWriter> Write(std::ostream& out) { return std::make_unique<ExpectCsv>(out); }

}  // namespace

ExpectFormat Make() {
  return {"csv", "csv", "is a line for each range of ports (RFC 4180)", Write};
}

}  // namespace podreach::expect_formats::csv
