#include <memory>
#include <ostream>

#include "podreach/report/expect_writer.h"
#include "podreach/report/formats.h"
#include "report/ports_text.h"

namespace podreach::expect_formats::dot {
namespace {

/// A quoted string of the DOT language.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + "\"";
}

class ExpectDot final : public ExpectWriter {
 public:
  explicit ExpectDot(std::ostream& out) : out_(out) {}
  void Begin() override { out_ << "digraph intended {\n"; }
  void Pair(const std::string& source, const std::string& destination,
            const IntendedConnection& connection) override {
    const std::string ends = "  " + Quoted(source) + " -> " + Quoted(destination);
    if (const std::string ports = PortsText(connection.ports); !ports.empty())
      out_ << ends << " [label=" << Quoted(ports) << "];\n";
    if (!connection.because.empty())
      out_ << ends << " [style=dashed, label=" << Quoted("unknown: " + connection.because)
           << "];\n";
  }
  void End() override { out_ << "}\n"; }

 private:
  std::ostream& out_;
};

std::unique_ptr<ExpectWriter> Write(std::ostream& out) { return std::make_unique<ExpectDot>(out); }

}  // namespace

ExpectFormat Make() {
  return {"dot", "dot", "is a graph for Graphviz, what is unknown dashed", Write};
}

}  // namespace podreach::expect_formats::dot
