#include <memory>
#include <ostream>

#include "podreach/report/expect_writer.h"
#include "podreach/report/formats.h"
#include "report/ports_text.h"
#include "report/text.h"

namespace podreach::expect_formats::table {
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

std::unique_ptr<ExpectWriter> Write(std::ostream& out) {
  return std::make_unique<ExpectTable>(out);
}

}  // namespace

ExpectFormat Make() { return {"table", "txt", "is a line for each pair", Write}; }

}  // namespace podreach::expect_formats::table
