// The template of a scan's format. See ../expect/dummy.cc.
#include <ostream>

#include "podreach/report/formats.h"

namespace podreach::scan_formats::dummy {
namespace {

void Write(const ScanRecord& /*record*/, Colour /*colour*/, std::ostream& out) { out << "dummy\n"; }

}  // namespace

ScanFormat Make() { return {"dummy", "dummy", "is a test's", Write}; }

}  // namespace podreach::scan_formats::dummy
