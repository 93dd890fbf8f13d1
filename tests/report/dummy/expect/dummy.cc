// A format that stands for the next one that somebody adds: one file, and nothing else of the
// project knows it.
#include <memory>
#include <ostream>

#include "podreach/report/expect_writer.h"
#include "podreach/report/formats.h"

namespace podreach::expect_formats::dummy {
namespace {

class Dummy final : public ExpectWriter {
 public:
  explicit Dummy(std::ostream& out) : out_(out) {}
  void Pair(const std::string& source, const std::string& destination,
            const IntendedConnection& /*connection*/) override {
    out_ << "dummy " << source << " " << destination << '\n';
  }

 private:
  std::ostream& out_;
};

std::unique_ptr<ExpectWriter> Write(std::ostream& out) { return std::make_unique<Dummy>(out); }

}  // namespace

ExpectFormat Make() { return {"dummy", "dummy", "is a test's", Write}; }

}  // namespace podreach::expect_formats::dummy
